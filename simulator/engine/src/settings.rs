//! The open points of AWS's behaviour (§8), one field each: reported as not knowable, or forced to one of the ways they may
//! turn out; and the one assumption about what was not collected. Decides nothing itself.

macro_rules! open_points {
    ($($(#[$doc:meta])* $field:ident: $type:ident { $(settles $point:ident,)? default $default:ident, guess $guess:ident, $($(#[$vdoc:meta])* $variant:ident),+ }),+ $(,)?) => {
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

            /// How many combinations of forced settings there are.
            pub fn combinations() -> usize {
                [$($type::FORCED.len()),+].iter().product()
            }

            /// One combination of forced settings; [`Settings::combinations`] and more begin anew.
            pub fn combination(mut number: usize) -> Self {
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
            }

            /// Every combination of forced settings, for tests that must hold whichever way the points turn out.
            pub fn all() -> impl Iterator<Item = Self> {
                (0..Self::combinations()).map(Self::combination)
            }

            /// The points of §8 that have a setting.
            pub const POINTS: &'static [&'static str] = &[$($(stringify!($point),)?)+];
        }
    };
}

open_points! {
    /// U1: does a permissions boundary that omits the action limit a same-account user whom the trust names?
    boundary_on_trusted_user: BoundaryOnTrustedUser {
        settles U1, default Report, guess NotLimited,
        /// As the evaluation pages say.
        NotLimited,
        /// As the page on editing trust policies says.
        Limited
    },
    /// U2: does a session policy that omits the action limit a session whose ARN the trust names, in one account?
    session_policy_on_trusted_session: SessionPolicyOnTrustedSession {
        settles U2, default Report, guess NotLimited,
        /// As documented.
        NotLimited,
        /// As one tool has it.
        Limited
    },
    /// U3: do MFA parameters of the call satisfy conditions of the caller's identity policies?
    mfa_in_call: MfaInCallSeenByIdentity {
        settles U3, default Seen, guess Seen,
        /// One request context for all policies.
        Seen,
        /// Only the trust policy sees them.
        NotSeen
    },
    /// U4: does a role session that was assumed from an MFA-authenticated session carry MFA?
    mfa_after_hop: MfaAfterHop {
        settles U4, default Report, guess Kept,
        /// The key is `true`.
        Kept,
        /// The key is `false`.
        Lost
    },
    /// U6: do wildcards in the `Action` of a trust policy count?
    trust_action_wildcards: TrustActionWildcards {
        settles U6, default Glob, guess Glob,
        /// As everywhere else.
        Glob,
        /// They match nothing.
        Never
    },
    /// U7: a negated operator on a multivalued key without a set operator.
    multivalued_negated: MultivaluedNegated {
        settles U7, default Report, guess DoesNotMatch,
        /// True when no value matches.
        Matches,
        /// False, as for positive operators.
        DoesNotMatch
    },
    /// U8: `ForAnyValue:…IfExists` with the key absent. Reported in an Allow too, where the likelier way is false: a certain
    /// "no" would be too much.
    any_value_if_exists: AnyValueIfExists {
        settles U8, default Report, guess False,
        /// `IfExists` wins.
        True,
        /// `ForAnyValue` wins.
        False
    },
    /// U9: are policy variables expanded for the `Bool` operator?
    bool_variables: BoolVariables {
        settles U9, default Expand, guess Expand,
        /// Yes.
        Expand,
        /// No: the text stays as it is.
        Literal
    },
    /// U10: how long may a source identity be? A request only; what is stored nowhere depends on it.
    source_identity_length: SourceIdentityLength {
        settles U10, default UpTo256, guess UpTo256,
        /// 64 characters, as the service model says.
        UpTo64,
        /// 256 characters, as live AWS took.
        UpTo256
    },
    /// U11: for whom is `sts:TransitiveTagKeys` there, where the call passes such keys?
    transitive_tag_keys: TransitiveTagKeys {
        settles U11, default RequestParameter, guess RequestParameter,
        /// For everybody: it is a parameter of the request.
        RequestParameter,
        /// Only for callers with temporary credentials, as the user guide may be read.
        TemporaryCredentials
    },
    /// U22: does `sts:SetSourceIdentity` in same-account chaining need the caller's identity policy?
    source_identity_chaining: SourceIdentityChaining {
        settles U22, default Report, guess NeedsIdentity,
        /// The trust policy suffices, as for other actions.
        TrustSuffices,
        /// Both sides are needed in any chaining.
        NeedsIdentity
    },
    /// U23: does `{"AWS": "*"}` in an Allow cover services?
    wildcard_for_services: WildcardForServices {
        settles U23, default Report, guess DoesNotCover,
        /// Yes.
        Covers,
        /// No.
        DoesNotCover
    },
    /// U25: do `sts:TagSession` and `sts:SetSourceIdentity` see the keys that are not listed for them?
    extra_action_keys: ExtraActionKeys {
        settles U25, default Same, guess Same,
        /// One request context for all actions.
        Same,
        /// `sts:ExternalId` and `sts:RoleSessionName` are absent for them.
        OwnOnly
    },
    /// U24: does the limit of one hour bind the credentials of an EC2 instance's role?
    instance_role_cap: InstanceRoleCap {
        settles U24, default Capped, guess Capped,
        /// As every role session.
        Capped,
        /// No: only the role's maximum does.
        RoleMaximum
    },
    /// U27: do the credentials that `aws login` gives an IAM user carry the MFA of the sign-in?
    mfa_of_login: MfaOfLogin {
        settles U27, default Report, guess Kept,
        /// As the session of a sign-in to the console.
        Kept,
        /// The key is `false`.
        Lost
    },
    /// No point of §8, but an assumption: what of an account whose organization was not collected? SCPs and RCPs can only
    /// take access away, so assuming that there are none shows too much access and never too little.
    uncollected_controls: UncollectedControls {
        default Report, guess BindNothing,
        /// No SCP or RCP stands in the way.
        BindNothing
    }
}

/// The points of §8 that have no setting, each with why no answer to an AssumeRole request depends on it.
pub const WITHOUT_SETTING: &[(&str, &str)] = &[
    ("U5", "closed: IAM refuses the bare star in trust policies; where it is read it counts as the star"),
    ("U12", "closed: inherited transitive tags need sts:TagSession"),
    ("U13", "sizes of documents, which are checked when they are written"),
    ("U14", "quotas, which are checked when something is made"),
    ("U15", "colours of console links"),
    ("U16", "rates of IAM calls"),
    ("U17", "what IAM makes of a session ARN on saving; the policy is read as IAM gives it back"),
    ("U18", "both orders refuse; only the error differs, and policies are looked at first"),
    ("U19", "removing a user from a group"),
    ("U20", "the spelling of a tag's key, which is compared ignoring case"),
    ("U21", "IAM stores no document with an operator that it does not know, so another case was taken"),
    ("U26", "a rule, not a question: what is not modelled is Unknown, and has no other reading"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn all_yields_every_combination_once_and_none_reports() {
        let all: BTreeSet<Settings> = Settings::all().collect();
        assert_eq!(all.len(), 1 << 15);
        assert!(all.contains(&Settings::guess()));
        assert!(!all.contains(&Settings::default()));
    }

    /// §8 has the points U1 to U27.
    #[test]
    fn every_point_of_the_register_is_a_setting_or_says_why_not() {
        let with = Settings::POINTS.iter().copied();
        let without = WITHOUT_SETTING.iter().map(|(point, _)| *point);
        let mut covered: Vec<&str> = with.chain(without).collect();
        covered.sort_by_key(|point| point.trim_start_matches('U').parse::<usize>().unwrap());
        let register: Vec<String> = (1..=27).map(|number| format!("U{number}")).collect();
        assert_eq!(covered, register);
        assert!(WITHOUT_SETTING.iter().all(|(_, why)| !why.is_empty()));
    }
}
