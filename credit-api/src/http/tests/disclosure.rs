//! What the cells of the matrix mean for the data themselves.
