"""Calls every operation that an emulator serves, by boto3, and holds each answer against botocore's service model.

Standard input: {"endpoint": …, "key": …, "secret": …, "account": …}. Standard output: a JSON object a line, one for each check:
{"check": …, "operation": …, "about": …, "code": …, "faults": […]}.
"""

import base64
import hashlib
import hmac
import json
import struct
import sys
import time

import boto3
import botocore.config
import botocore.exceptions

import strict

# Errors that any operation of the service may answer, by the pages "Common errors", with their statuses.
COMMON = {"ValidationError": 400, "AccessDenied": 403, "Throttling": 400, "InvalidAction": 400, "InvalidClientTokenId": 403}

ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def tell(check, operation, faults, code=None, about=""):
    line = {"check": check, "operation": operation, "about": about, "code": code, "faults": faults}
    print(json.dumps(line), flush=True)


class World:
    """Clients of one emulator whose answers are held against the model as they come in."""

    def __init__(self, settings):
        self.settings = settings
        self.iam = self.client("iam", settings["key"], settings["secret"])
        self.sts = self.client("sts", settings["key"], settings["secret"])
        self.account = settings["account"]
        # What is special about the next call, for those who judge its answer.
        self.about = ""

    def client(self, service, key, secret, token=None):
        client = boto3.client(
            service,
            endpoint_url=self.settings["endpoint"],
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=botocore.config.Config(retries={"mode": "standard", "total_max_attempts": 1}),
        )
        client.meta.events.register(f"before-parse.{service}", lambda **event: self.judge(client, **event))
        return client

    def judge(self, client, operation_model, response_dict, **_):
        body, status = response_dict["body"], response_dict["status_code"]
        if status == 200:
            faults = strict.answer_faults(client.meta.service_model, operation_model, body)
            tell("answer", operation_model.name, faults, about=self.about)
        else:
            code, faults = strict.error_faults(operation_model, status, body, COMMON)
            tell("error", operation_model.name, faults, code)

    def role_arn(self, name, path="/"):
        return f"arn:aws:iam::{self.account}:role{path}{name}"


def equal(check, operation, expected, got):
    tell(check, operation, [] if expected == got else [f"expected {expected!r}, got {got!r}"])


def trust(account):
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                 "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def code_of(seed, back):
    """The TOTP code of a seed, so many periods ago."""
    secret = base64.b32decode(seed)
    counter = struct.pack(">Q", int(time.time()) // 30 - back)
    digest = hmac.new(secret, counter, hashlib.sha1).digest()
    number = struct.unpack(">I", digest[digest[-1] & 15:][:4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def policies(world):
    """A customer managed policy with two versions; its ARN."""
    iam = world.iam
    made = iam.create_policy(PolicyName="edge", Path="/rolegate/", PolicyDocument=ALLOW, Description="the edge",
                             Tags=[{"Key": "team", "Value": "sre"}])["Policy"]
    arn = made["Arn"]
    iam.get_policy(PolicyArn=arn)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW, SetAsDefault=False)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]
    equal("document", "GetPolicyVersion", json.loads(ALLOW), version["Document"])
    iam.list_policy_versions(PolicyArn=arn)
    iam.list_policies(Scope="Local", OnlyAttached=False, PathPrefix="/rolegate/", PolicyUsageFilter="PermissionsPolicy")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    return arn


def users(world, arn):
    iam = world.iam
    iam.create_user(UserName="cobus", Path="/people/", PermissionsBoundary=arn, Tags=[{"Key": "team", "Value": "a b"}])
    iam.tag_user(UserName="cobus", Tags=[{"Key": "empty", "Value": ""}, {"Key": "größe", "Value": "a+b=c/ü 7"}])
    tags = {tag["Key"]: tag["Value"] for tag in iam.list_user_tags(UserName="cobus")["Tags"]}
    equal("tags", "ListUserTags", {"team": "a b", "empty": "", "größe": "a+b=c/ü 7"}, tags)
    iam.untag_user(UserName="cobus", TagKeys=["empty"])
    iam.get_user(UserName="cobus")
    world.about = "root"
    iam.get_user()
    world.about = ""
    iam.list_users(PathPrefix="/people/")
    iam.delete_user_permissions_boundary(UserName="cobus")
    iam.put_user_permissions_boundary(UserName="cobus", PermissionsBoundary=arn)
    iam.put_user_policy(UserName="cobus", PolicyName="all", PolicyDocument=ALLOW)
    got = iam.get_user_policy(UserName="cobus", PolicyName="all")
    equal("document", "GetUserPolicy", json.loads(ALLOW), got["PolicyDocument"])
    iam.list_user_policies(UserName="cobus")
    iam.attach_user_policy(UserName="cobus", PolicyArn=arn)
    iam.list_attached_user_policies(UserName="cobus", PathPrefix="/")
    spare = iam.create_access_key(UserName="cobus")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="cobus", AccessKeyId=spare, Status="Inactive")
    iam.list_access_keys(UserName="cobus")
    iam.delete_access_key(UserName="cobus", AccessKeyId=spare)


def groups(world, arn):
    iam = world.iam
    iam.create_group(GroupName="developers", Path="/rolegate/")
    iam.list_groups(PathPrefix="/rolegate/")
    iam.add_user_to_group(GroupName="developers", UserName="cobus")
    iam.get_group(GroupName="developers")
    iam.list_groups_for_user(UserName="cobus")
    iam.put_group_policy(GroupName="developers", PolicyName="all", PolicyDocument=ALLOW)
    iam.get_group_policy(GroupName="developers", PolicyName="all")
    iam.list_group_policies(GroupName="developers")
    iam.attach_group_policy(GroupName="developers", PolicyArn=arn)
    iam.list_attached_group_policies(GroupName="developers")


def roles(world, arn):
    iam = world.iam
    iam.create_role(RoleName="Dev", Path="/team/", AssumeRolePolicyDocument=trust(world.account), Description="d é",
                    MaxSessionDuration=7200, PermissionsBoundary=arn, Tags=[{"Key": "k", "Value": "v"}])
    iam.update_assume_role_policy(RoleName="Dev", PolicyDocument=trust(world.account))
    iam.update_role(RoleName="Dev", Description="", MaxSessionDuration=3600)
    iam.tag_role(RoleName="Dev", Tags=[{"Key": "cost", "Value": "7"}])
    iam.list_role_tags(RoleName="Dev")
    iam.untag_role(RoleName="Dev", TagKeys=["k"])
    role = iam.get_role(RoleName="Dev")["Role"]
    equal("document", "GetRole", json.loads(trust(world.account)), role["AssumeRolePolicyDocument"])
    iam.list_roles(PathPrefix="/team/")
    iam.delete_role_permissions_boundary(RoleName="Dev")
    iam.put_role_permissions_boundary(RoleName="Dev", PermissionsBoundary=arn)
    iam.put_role_policy(RoleName="Dev", PolicyName="all", PolicyDocument=ALLOW)
    iam.get_role_policy(RoleName="Dev", PolicyName="all")
    iam.list_role_policies(RoleName="Dev")
    iam.attach_role_policy(RoleName="Dev", PolicyArn=arn)
    iam.list_attached_role_policies(RoleName="Dev")


def devices(world):
    """A virtual MFA device of the user; its serial number and seed."""
    iam = world.iam
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="cobus", Tags=[{"Key": "k", "Value": "v"}])["VirtualMFADevice"]
    serial, seed = device["SerialNumber"], device["Base32StringSeed"]
    iam.enable_mfa_device(UserName="cobus", SerialNumber=serial, AuthenticationCode1=code_of(seed, 1),
                          AuthenticationCode2=code_of(seed, 0))
    iam.list_mfa_devices(UserName="cobus")
    return serial, seed


def sessions(world, serial, seed):
    key = world.iam.create_access_key(UserName="cobus")["AccessKey"]
    sts = world.client("sts", key["AccessKeyId"], key["SecretAccessKey"])
    arn = world.role_arn("Dev", "/team/")
    sts.get_caller_identity()
    assumed = sts.assume_role(RoleArn=arn, RoleSessionName="cobus", DurationSeconds=900, ExternalId="acme-1",
                              SourceIdentity="cobus", Tags=[{"Key": "team", "Value": "sre"}], TransitiveTagKeys=["team"],
                              Policy=ALLOW)
    session = assumed["Credentials"]
    inside = world.client("sts", session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    equal("session", "GetCallerIdentity", assumed["AssumedRoleUser"]["Arn"], inside.get_caller_identity()["Arn"])
    # A code is usable once: enabling the device used this period's and the one before.
    sts.get_session_token(DurationSeconds=900)
    with refused("GetSessionToken"):
        sts.get_session_token(SerialNumber=serial, TokenCode=code_of(seed, 9))
    with refused("AssumeRole"):
        sts.assume_role(RoleArn=world.role_arn("None"), RoleSessionName="cobus")
    with refused("AssumeRole"):
        sts.assume_role(RoleArn=arn, RoleSessionName="cobus", DurationSeconds=43200)
    world.iam.delete_access_key(UserName="cobus", AccessKeyId=key["AccessKeyId"])


class refused:
    """An error is expected; the hook judges its shape."""

    def __init__(self, operation):
        self.operation = operation

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        ok = isinstance(error, botocore.exceptions.ClientError)
        tell("refused", self.operation, [] if ok else [f"no error but {error!r}"])
        return ok


def accounts(world):
    iam = world.iam
    details = iam.get_account_authorization_details(Filter=["Role", "User", "Group", "LocalManagedPolicy"])
    counted = [len(details[name]) for name in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")]
    equal("counted", "GetAccountAuthorizationDetails", [1, 1, 1, 1], counted)
    iam.get_account_summary()
    iam.list_account_aliases()
    simulations(world)


def simulations(world):
    """What the role's policy says, with its boundary: keys and resources as given, the rest named as missing."""
    iam, role = world.iam, world.role_arn("Dev", "/team/")
    tag = {"ContextKeyName": "aws:TagKeys", "ContextKeyValues": ["a", "b"], "ContextKeyType": "stringList"}
    answer = iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=["iam:GetRole", "iam:TagRole"],
                                           ResourceArns=[role, world.role_arn("x")], ContextEntries=[tag])
    told = [(one["EvalActionName"], one["EvalDecision"], [part["EvalResourceDecision"] for part in one["ResourceSpecificResults"]])
            for one in answer["EvaluationResults"]]
    equal("simulated", "SimulatePrincipalPolicy",
          [("iam:GetRole", "allowed", ["allowed"] * 2), ("iam:TagRole", "allowed", ["allowed"] * 2)], told)
    world.about = "any resource"
    iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=["iam:GetRole"])
    world.about = ""


def pages(world):
    """Every paginator, one item a page, finds as many as one page of all."""
    iam = world.iam
    for number in range(3):
        iam.create_group(GroupName=f"g{number}")
        iam.add_user_to_group(GroupName=f"g{number}", UserName="cobus")
        iam.put_user_policy(UserName="cobus", PolicyName=f"p{number}", PolicyDocument=ALLOW)
        iam.tag_user(UserName="cobus", Tags=[{"Key": f"t{number}", "Value": "v"}])
        iam.create_role(RoleName=f"R{number}", AssumeRolePolicyDocument=trust(world.account))
        iam.create_policy(PolicyName=f"p{number}", PolicyDocument=ALLOW)
    for operation, arguments, key in [
        ("list_groups", {}, "Groups"),
        ("list_roles", {}, "Roles"),
        ("list_users", {}, "Users"),
        ("list_policies", {"Scope": "Local"}, "Policies"),
        ("list_groups_for_user", {"UserName": "cobus"}, "Groups"),
        ("list_user_policies", {"UserName": "cobus"}, "PolicyNames"),
        ("list_user_tags", {"UserName": "cobus"}, "Tags"),
        ("simulate_principal_policy",
         {"PolicySourceArn": world.role_arn("Dev", "/team/"), "ActionNames": ["iam:GetRole", "iam:GetUser", "s3:GetObject"]},
         "EvaluationResults"),
        ("get_group", {"GroupName": "g1"}, "Users"),
        ("get_account_authorization_details", {}, "RoleDetailList"),
    ]:
        whole = getattr(iam, operation)(**arguments)[key]
        paged = [item for page in iam.get_paginator(operation).paginate(**arguments, PaginationConfig={"PageSize": 1})
                 for item in page[key]]
        equal("pages", operation, len(whole), len(paged))
    for waiter, arguments in [("user_exists", {"UserName": "cobus"}), ("role_exists", {"RoleName": "Dev"})]:
        iam.get_waiter(waiter).wait(**arguments, WaiterConfig={"Delay": 1, "MaxAttempts": 1})
        tell("waiter", waiter, [])


def errors(world, arn):
    """What is refused, operation by operation: absent things, things that are there, things in use, bad documents."""
    iam, gone = world.iam, f"arn:aws:iam::{world.account}:policy/gone"
    for operation, arguments in [
        ("get_user", {"UserName": "gone"}), ("delete_user", {"UserName": "gone"}), ("delete_user", {"UserName": "cobus"}),
        ("tag_user", {"UserName": "gone", "Tags": [{"Key": "k", "Value": "v"}]}),
        ("untag_user", {"UserName": "gone", "TagKeys": ["k"]}), ("list_user_tags", {"UserName": "gone"}),
        ("create_user", {"UserName": "COBUS"}), ("create_access_key", {"UserName": "gone"}),
        ("delete_access_key", {"UserName": "cobus", "AccessKeyId": "AKIAGONE000000000000"}),
        ("update_access_key", {"UserName": "cobus", "AccessKeyId": "AKIAGONE000000000000", "Status": "Active"}),
        ("list_access_keys", {"UserName": "gone"}),
        ("put_user_policy", {"UserName": "cobus", "PolicyName": "bad", "PolicyDocument": "{"}),
        ("get_user_policy", {"UserName": "cobus", "PolicyName": "gone"}),
        ("delete_user_policy", {"UserName": "cobus", "PolicyName": "gone"}), ("list_user_policies", {"UserName": "gone"}),
        ("attach_user_policy", {"UserName": "cobus", "PolicyArn": gone}),
        ("detach_user_policy", {"UserName": "cobus", "PolicyArn": gone}),
        ("list_attached_user_policies", {"UserName": "gone"}),
        ("put_user_permissions_boundary", {"UserName": "cobus", "PermissionsBoundary": gone}),
        ("delete_user_permissions_boundary", {"UserName": "gone"}),
        ("create_virtual_mfa_device", {"VirtualMFADeviceName": "cobus"}),
        ("deactivate_mfa_device", {"UserName": "cobus", "SerialNumber": f"arn:aws:iam::{world.account}:mfa/gone"}),
        ("delete_virtual_mfa_device", {"SerialNumber": f"arn:aws:iam::{world.account}:mfa/gone"}),
        ("list_mfa_devices", {"UserName": "gone"}),
        ("create_group", {"GroupName": "Developers"}), ("get_group", {"GroupName": "gone"}),
        ("delete_group", {"GroupName": "developers"}), ("delete_group", {"GroupName": "gone"}),
        ("add_user_to_group", {"GroupName": "gone", "UserName": "cobus"}),
        ("remove_user_from_group", {"GroupName": "developers", "UserName": "gone"}),
        ("list_groups_for_user", {"UserName": "gone"}),
        ("put_group_policy", {"GroupName": "gone", "PolicyName": "p", "PolicyDocument": ALLOW}),
        ("get_group_policy", {"GroupName": "developers", "PolicyName": "gone"}),
        ("delete_group_policy", {"GroupName": "developers", "PolicyName": "gone"}),
        ("list_group_policies", {"GroupName": "gone"}),
        ("attach_group_policy", {"GroupName": "developers", "PolicyArn": gone}),
        ("detach_group_policy", {"GroupName": "developers", "PolicyArn": gone}),
        ("list_attached_group_policies", {"GroupName": "gone"}),
        ("create_role", {"RoleName": "DEV", "AssumeRolePolicyDocument": trust(world.account)}),
        ("create_role", {"RoleName": "Bad", "AssumeRolePolicyDocument": "{}"}),
        ("create_role", {"RoleName": "Bad", "AssumeRolePolicyDocument": ALLOW}),
        ("get_role", {"RoleName": "gone"}), ("delete_role", {"RoleName": "gone"}), ("delete_role", {"RoleName": "Dev"}),
        ("update_role", {"RoleName": "gone"}),
        ("update_assume_role_policy", {"RoleName": "Dev", "PolicyDocument": ALLOW}),
        ("tag_role", {"RoleName": "gone", "Tags": [{"Key": "k", "Value": "v"}]}),
        ("untag_role", {"RoleName": "gone", "TagKeys": ["k"]}), ("list_role_tags", {"RoleName": "gone"}),
        ("put_role_policy", {"RoleName": "Dev", "PolicyName": "bad", "PolicyDocument": "[]"}),
        ("get_role_policy", {"RoleName": "Dev", "PolicyName": "gone"}),
        ("delete_role_policy", {"RoleName": "Dev", "PolicyName": "gone"}), ("list_role_policies", {"RoleName": "gone"}),
        ("attach_role_policy", {"RoleName": "Dev", "PolicyArn": gone}),
        ("detach_role_policy", {"RoleName": "Dev", "PolicyArn": gone}),
        ("list_attached_role_policies", {"RoleName": "gone"}),
        ("put_role_permissions_boundary", {"RoleName": "Dev", "PermissionsBoundary": gone}),
        ("delete_role_permissions_boundary", {"RoleName": "gone"}),
        ("create_policy", {"PolicyName": "EDGE", "PolicyDocument": ALLOW}),
        ("create_policy", {"PolicyName": "bad", "PolicyDocument": "x"}),
        ("get_policy", {"PolicyArn": gone}), ("delete_policy", {"PolicyArn": arn}), ("delete_policy", {"PolicyArn": gone}),
        ("create_policy_version", {"PolicyArn": gone, "PolicyDocument": ALLOW}),
        ("get_policy_version", {"PolicyArn": arn, "VersionId": "v9"}),
        ("list_policy_versions", {"PolicyArn": gone}),
        ("delete_policy_version", {"PolicyArn": arn, "VersionId": "v2"}),
        ("set_default_policy_version", {"PolicyArn": arn, "VersionId": "v9"}),
        ("simulate_principal_policy", {"PolicySourceArn": world.role_arn("gone"), "ActionNames": ["iam:GetRole"]}),
        ("simulate_principal_policy", {"PolicySourceArn": world.role_arn("Dev", "/team/"), "ActionNames": ["GetRole"]}),
    ]:
        with refused(operation):
            getattr(iam, operation)(**arguments)


def end(world, arn, serial):
    """Everything goes again, in an order in which each succeeds."""
    iam = world.iam
    for number in range(3):
        iam.remove_user_from_group(GroupName=f"g{number}", UserName="cobus")
        iam.delete_group(GroupName=f"g{number}")
        iam.delete_user_policy(UserName="cobus", PolicyName=f"p{number}")
        iam.delete_role(RoleName=f"R{number}")
        iam.delete_policy(PolicyArn=f"arn:aws:iam::{world.account}:policy/p{number}")
    iam.deactivate_mfa_device(UserName="cobus", SerialNumber=serial)
    iam.delete_virtual_mfa_device(SerialNumber=serial)
    iam.delete_role_permissions_boundary(RoleName="Dev")
    iam.detach_role_policy(RoleName="Dev", PolicyArn=arn)
    iam.delete_role_policy(RoleName="Dev", PolicyName="all")
    iam.delete_role(RoleName="Dev")
    iam.detach_group_policy(GroupName="developers", PolicyArn=arn)
    iam.delete_group_policy(GroupName="developers", PolicyName="all")
    iam.remove_user_from_group(GroupName="developers", UserName="cobus")
    iam.delete_group(GroupName="developers")
    iam.detach_user_policy(UserName="cobus", PolicyArn=arn)
    iam.delete_user_policy(UserName="cobus", PolicyName="all")
    iam.delete_user_permissions_boundary(UserName="cobus")
    iam.delete_user(UserName="cobus")
    iam.delete_policy(PolicyArn=arn)
    left = iam.get_account_authorization_details()
    equal("nothing is left", "GetAccountAuthorizationDetails", [], left["UserDetailList"] + left["RoleDetailList"])


def main():
    world = World(json.load(sys.stdin))
    arn = policies(world)
    users(world, arn)
    groups(world, arn)
    roles(world, arn)
    serial, seed = devices(world)
    sessions(world, serial, seed)
    accounts(world)
    pages(world)
    errors(world, arn)
    end(world, arn, serial)


main()
