//! Manifests in, reports out.
