//! Reading and writing the output of `aws iam get-account-authorization-details`, `list-roles` and `get-account-summary`.
