//! SCPs and RCPs, read symbolically: the ways in which they let a hop through.

use super::entry::{Candidate, HopQuestion};
use super::formula::Ways;
use super::symbolic::Said;
use crate::control::{Controls, Level};
use crate::decision::{Doubt, Layer};
use crate::guards::{is_service_linked_path, names_somebody, rcp_account};
use crate::layer::Asked;
use crate::settings::UncollectedControls;
use rolegate_iam::AccountId;
use rolegate_iam::organization::ControlType;

impl<'w> HopQuestion<'_, 'w> {
    /// The ways in which the policies of the organizations allow what is asked.
    pub(super) fn guards(&self, asked: Asked<'_>) -> Ways<'w> {
        let mut ways = Ways::always();
        if let Some(account) = self.scp_account() {
            let said = self.control(account, ControlType::Scp, asked);
            ways = ways.and(&said.allow).and(&said.no_deny);
        }
        if let Some(account) = rcp_account(self.caller, self.target.arn) {
            ways = ways.and(&self.control(account, ControlType::Rcp, asked).no_deny);
        }
        ways
    }

    /// The account whose SCPs certainly bind the caller. One that cannot be seen may be service-linked, which none binds; that
    /// it is let in is only possible anyway.
    fn scp_account(&self) -> Option<AccountId> {
        match self.candidate {
            Candidate::User(arn) => Some(arn.account),
            Candidate::Role(arn) => (!is_service_linked_path(arn.path.as_str())).then_some(arn.account),
            Candidate::RoleOfSession(_) | Candidate::AnyoneIn(_) | Candidate::Anyone => None,
        }
    }

    fn control(&self, account: AccountId, kind: ControlType, asked: Asked<'_>) -> Said<'w> {
        match self.target.world.controls(account, kind) {
            Controls::Free(_) => Said::free(),
            Controls::NotCollected(doubt) => match self.target.settings.uncollected_controls {
                UncollectedControls::Report => Said::doubtful(&doubt),
                UncollectedControls::BindNothing => Said::free(),
            },
            Controls::Levels(levels) => {
                let mut whole = Said::free();
                for level in levels.iter() {
                    let Said { allow, no_deny } = self.level(level, kind, asked);
                    whole.allow = whole.allow.and(&allow);
                    whole.no_deny = whole.no_deny.and(&no_deny);
                }
                whole
            }
        }
    }

    fn level(&self, level: &Level<'w>, kind: ControlType, asked: Asked<'_>) -> Said<'w> {
        let layer = match kind {
            ControlType::Scp => Layer::Scp,
            ControlType::Rcp => Layer::Rcp,
        };
        if let Some(odd) = level.policies.iter().find(|held| kind == ControlType::Rcp && names_somebody(held))
        {
            return Said::doubtful(&Doubt::OddPolicy { policy: odd.source.to_owned() });
        }
        let gaps: Vec<Doubt> = level.gap.iter().cloned().collect();
        let Said { allow, no_deny } =
            self.with_keys(asked, layer, |symbolic| symbolic.says(&level.policies, &gaps, asked));
        Said { allow: allow.without_identity(), no_deny }
    }
}
