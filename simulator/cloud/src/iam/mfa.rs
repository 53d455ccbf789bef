//! Virtual MFA devices: their life, and the use of their codes, each of which counts once.

use crate::api::{Answer, MfaDeviceView, NewMfaDevice, Paging, Response, Tag};
use crate::error::AwsError;
use crate::paging::page;
use crate::quotas::Quota;
use crate::state::{Cloud, Device};
use crate::{totp, validate};
use jiff::Timestamp;
use rolegate_iam::{AccountId, MfaArn, UserName};

impl Cloud {
    pub(crate) fn create_virtual_mfa_device(
        &mut self,
        account: AccountId,
        name: &str,
        path: Option<&str>,
        tags: &[Tag],
    ) -> Answer {
        validate::tags(tags)?;
        let partition = self.account(account)?.partition;
        let (path, name) = (validate::path(path)?, validate::parse("virtualMFADeviceName", name)?);
        let arn = MfaArn { partition, account, path, name };
        let taken =
            self.devices.keys().any(|held| held.account == account && held.name.key() == arn.name.key());
        if taken {
            return Err(AwsError::exists("MFADevice entity at the same path and name", &arn.name));
        }
        let seed = self.ids.mfa_seed();
        self.devices.insert(arn.clone(), Device { seed: seed.clone(), last_step: None, enabled: None });
        Ok(Response::VirtualMfaDevice(NewMfaDevice { serial_number: arn.to_string(), base32_seed: seed }))
    }

    pub(crate) fn delete_virtual_mfa_device(&mut self, account: AccountId, serial: &str) -> Answer {
        let arn = self.serial(account, serial)?;
        if self.devices.get(&arn).is_some_and(|device| device.enabled.is_some()) {
            return Err(AwsError::delete_conflict("MFA VirtualDevice in use. Must deactivate first."));
        }
        self.devices.remove(&arn);
        Ok(Response::Done)
    }

    /// The two codes must be those of two steps that follow each other, the second one current.
    pub(crate) fn enable_mfa_device(
        &mut self,
        account: AccountId,
        user: &str,
        serial: &str,
        codes: (&str, &str),
    ) -> Answer {
        let user: UserName = validate::parse("userName", user)?;
        self.user(account, &user)?;
        let arn = self.serial(account, serial)?;
        let held = self.devices_of(account, &user).count();
        self.quotas(account).check(Quota::MfaDevicesPerUser, held + 1)?;
        let now = self.clock;
        let device = self.devices.get_mut(&arn).ok_or_else(|| no_device(serial))?;
        if device.enabled.is_some() {
            return Err(AwsError::exists("MFA device in use by this or another user, device", serial));
        }
        let second = totp::matching_step(&device.seed, now, codes.1).ok_or_else(AwsError::invalid_code)?;
        let before = Timestamp::from_second(now.as_second().saturating_sub(30)).unwrap_or(now);
        let first = totp::matching_step(&device.seed, before, codes.0).ok_or_else(AwsError::invalid_code)?;
        if first + 1 != second {
            return Err(AwsError::invalid_code());
        }
        device.last_step = Some(second);
        device.enabled = Some((user, now));
        Ok(Response::Done)
    }

    pub(crate) fn deactivate_mfa_device(
        &mut self,
        account: AccountId,
        user: Option<&str>,
        serial: &str,
    ) -> Answer {
        let user: UserName = validate::parse("userName", user.unwrap_or_default())?;
        self.user(account, &user)?;
        let arn = self.serial(account, serial)?;
        let device = self.devices.get_mut(&arn).ok_or_else(|| no_device(serial))?;
        if device.enabled.as_ref().is_none_or(|(owner, _)| *owner != user) {
            return Err(no_device(serial));
        }
        device.enabled = None;
        Ok(Response::Done)
    }

    pub(crate) fn list_mfa_devices(&self, account: AccountId, user: Option<&str>, paging: &Paging) -> Answer {
        // The root user has no virtual device here.
        let name: Option<UserName> = user.map(|user| validate::parse("userName", user)).transpose()?;
        if let Some(name) = &name {
            self.user(account, name)?;
        }
        let devices = self.devices.iter().filter_map(|(arn, device)| {
            let (owner, since) = device.enabled.as_ref()?;
            let view = MfaDeviceView {
                user_name: owner.to_string(),
                serial_number: arn.to_string(),
                enable_date: *since,
            };
            (arn.account == account && Some(owner) == name.as_ref()).then(|| (arn.to_string(), view))
        });
        let mut members: Vec<_> = devices.collect();
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(Response::MfaDevices(page(members, paging)?))
    }

    /// The enabled devices of a user.
    pub(crate) fn devices_of<'a>(
        &'a self,
        account: AccountId,
        user: &'a UserName,
    ) -> impl Iterator<Item = &'a MfaArn> {
        let enabled = move |device: &Device| device.enabled.as_ref().is_some_and(|(owner, _)| owner == user);
        self.devices
            .iter()
            .filter(move |(arn, device)| arn.account == account && enabled(device))
            .map(|(arn, _)| arn)
    }

    /// Uses up a code of one of the user's devices. `false` when it is wrong, too old, or used before.
    pub(crate) fn use_code(&mut self, account: AccountId, user: &UserName, serial: &str, code: &str) -> bool {
        let Ok(arn) = serial.parse::<MfaArn>() else { return false };
        let now = self.clock;
        let Some(device) = self.devices.get_mut(&arn).filter(|_| arn.account == account) else {
            return false;
        };
        let owned = device.enabled.as_ref().is_some_and(|(owner, _)| owner == user);
        let step = totp::matching_step(&device.seed, now, code);
        let fresh = step.filter(|step| owned && device.last_step.is_none_or(|last| *step > last));
        if fresh.is_some() {
            device.last_step = fresh;
        }
        fresh.is_some()
    }

    fn serial(&self, account: AccountId, serial: &str) -> Result<MfaArn, AwsError> {
        serial
            .parse::<MfaArn>()
            .ok()
            .filter(|arn| arn.account == account && self.devices.contains_key(arn))
            .ok_or_else(|| no_device(serial))
    }
}

fn no_device(serial: &str) -> AwsError {
    AwsError::no_such_entity(format!("VirtualMFADevice with serial number {serial} doesn't exist."))
}
