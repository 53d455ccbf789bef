//! The open points of AWS's behaviour (§8), one field each: reported as not knowable, or forced to one of the ways they may
//! turn out; and the one assumption about what was not collected. Decides nothing itself.

macro_rules! open_points {
    ($($(#[$doc:meta])* $field:ident: $type:ident { default $default:ident, guess $guess:ident, $($(#[$vdoc:meta])* $variant:ident),+ }),+ $(,)?) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum $type {
                /// Answers that depend on it are [`crate::Decision::Possible`].
                Report,
                $($(#[$vdoc])* $variant,)+
            }

            impl $type {
                /// The ways it may turn out.
                pub const FORCED: &'static [Self] = &[$(Self::$variant),+];
            }
        )+

        /// One field per open point of §8 that an AssumeRole decision may depend on, and one assumption.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct Settings {
            $($(#[$doc])* pub $field: $type,)+
        }

        impl Default for Settings {
            /// The column "our default" of §8: what the evidence does not settle is reported.
            fn default() -> Self {
                Self { $($field: $type::$default,)+ }
            }
        }

        impl Settings {
            /// The default, where it is taken for granted that no SCP or RCP stands in the way of an account whose
            /// organization was not collected.
            pub fn without_organizations() -> Self {
                Self { uncollected_controls: UncollectedControls::BindNothing, ..Self::default() }
            }

            /// Every point forced to the more likely way; decides the default of a possible answer.
            pub fn guess() -> Self {
                Self { $($field: $type::$guess,)+ }
            }

            /// Every combination of forced settings, for tests that must hold whichever way the points turn out.
            pub fn all() -> impl Iterator<Item = Self> {
                let total: usize = [$($type::FORCED.len()),+].iter().product();
                (0..total).map(|mut number| {
                    let mut settings = Self::guess();
                    $(
                        let ways = $type::FORCED;
                        if let Some(way) = ways.get(number % ways.len()) {
                            settings.$field = *way;
                        }
                        number /= ways.len();
                    )+
                    let _ = number;
                    settings
                })
            }
        }
    };
}

open_points! {
    /// U1: does a permissions boundary that omits the action limit a same-account user whom the trust names?
    boundary_on_trusted_user: BoundaryOnTrustedUser {
        default Report, guess NotLimited,
        /// As the evaluation pages say.
        NotLimited,
        /// As the page on editing trust policies says.
        Limited
    },
    /// U2: does a session policy that omits the action limit a session whose ARN the trust names, in one account?
    session_policy_on_trusted_session: SessionPolicyOnTrustedSession {
        default Report, guess NotLimited,
        /// As documented.
        NotLimited,
        /// As one tool has it.
        Limited
    },
    /// U3: do MFA parameters of the call satisfy conditions of the caller's identity policies?
    mfa_in_call: MfaInCallSeenByIdentity {
        default Seen, guess Seen,
        /// One request context for all policies.
        Seen,
        /// Only the trust policy sees them.
        NotSeen
    },
    /// U4: does a role session that was assumed from an MFA-authenticated session carry MFA?
    mfa_after_hop: MfaAfterHop {
        default Report, guess Kept,
        /// The key is `true`.
        Kept,
        /// The key is `false`.
        Lost
    },
    /// U6: do wildcards in the `Action` of a trust policy count?
    trust_action_wildcards: TrustActionWildcards {
        default Glob, guess Glob,
        /// As everywhere else.
        Glob,
        /// They match nothing.
        Never
    },
    /// U7: a negated operator on a multivalued key without a set operator.
    multivalued_negated: MultivaluedNegated {
        default Report, guess DoesNotMatch,
        /// True when no value matches.
        Matches,
        /// False, as for positive operators.
        DoesNotMatch
    },
    /// U8: `ForAnyValue:…IfExists` with the key absent. Reported in an Allow too, where the likelier way is false: a certain
    /// "no" would be too much.
    any_value_if_exists: AnyValueIfExists {
        default Report, guess False,
        /// `IfExists` wins.
        True,
        /// `ForAnyValue` wins.
        False
    },
    /// U9: are policy variables expanded for the `Bool` operator?
    bool_variables: BoolVariables {
        default Expand, guess Expand,
        /// Yes.
        Expand,
        /// No: the text stays as it is.
        Literal
    },
    /// U22: does `sts:SetSourceIdentity` in same-account chaining need the caller's identity policy?
    source_identity_chaining: SourceIdentityChaining {
        default Report, guess NeedsIdentity,
        /// The trust policy suffices, as for other actions.
        TrustSuffices,
        /// Both sides are needed in any chaining.
        NeedsIdentity
    },
    /// U23: does `{"AWS": "*"}` in an Allow cover services?
    wildcard_for_services: WildcardForServices {
        default Report, guess DoesNotCover,
        /// Yes.
        Covers,
        /// No.
        DoesNotCover
    },
    /// U25: do `sts:TagSession` and `sts:SetSourceIdentity` see the keys that are not listed for them?
    extra_action_keys: ExtraActionKeys {
        default Same, guess Same,
        /// One request context for all actions.
        Same,
        /// `sts:ExternalId` and `sts:RoleSessionName` are absent for them.
        OwnOnly
    },
    /// No point of §8, but an assumption: what of an account whose organization was not collected? SCPs and RCPs can only
    /// take access away, so assuming that there are none shows too much access and never too little.
    uncollected_controls: UncollectedControls {
        default Report, guess BindNothing,
        /// No SCP or RCP stands in the way.
        BindNothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn all_yields_every_combination_once_and_none_reports() {
        let all: BTreeSet<Settings> = Settings::all().collect();
        assert_eq!(all.len(), 1 << 11);
        assert!(all.contains(&Settings::guess()));
        assert!(!all.contains(&Settings::default()));
    }
}
