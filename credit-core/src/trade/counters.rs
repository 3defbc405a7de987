//! The shape shared by all counters: plain whole numbers with names, that can be added and taken away.

/// Declares a struct of `i64` counters with `COLUMNS` (their names, in order), `values`, `from_values`,
/// addition, subtraction and negation.
///
/// Counters are signed because a correction takes away what a stored sum holds too much. Sums saturate: the
/// intake's limits keep every real sum eighteen digits away from that, and a wrong file must not stop a run.
macro_rules! counters {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: i64,)+
        }

        impl $name {
            /// The names of the counters, as a table of rollups names its columns.
            pub const COLUMNS: [&'static str; [$(stringify!($field)),+].len()] = [$(stringify!($field)),+];

            /// The counters in the order of [`Self::COLUMNS`].
            #[must_use]
            pub fn values(&self) -> [i64; Self::COLUMNS.len()] {
                [$(self.$field),+]
            }

            /// The reverse of [`Self::values`].
            #[must_use]
            pub fn from_values(values: [i64; Self::COLUMNS.len()]) -> Self {
                let [$($field),+] = values;
                Self { $($field),+ }
            }

            /// Nothing to add.
            #[must_use]
            pub fn is_zero(&self) -> bool {
                *self == Self::default()
            }
        }

        impl std::ops::Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self { $($field: self.$field.saturating_add(other.$field)),+ }
            }
        }

        impl std::ops::AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }

        impl std::ops::Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self { $($field: self.$field.saturating_neg()),+ }
            }
        }

        impl std::ops::Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self { $($field: self.$field.saturating_sub(other.$field)),+ }
            }
        }
    };
}

pub(crate) use counters;

/// A counter as a published count; corrections never take away more than was added.
pub(crate) fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
