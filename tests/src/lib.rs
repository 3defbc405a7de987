//! End-to-end tests through public surfaces only, and the tidiness of the repository itself.

#[cfg(test)]
mod tidy;
