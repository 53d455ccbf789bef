"""Puts the accounts of a snapshot folder into an independent AWS, over its API, and makes keys for its users.

Standard input: {"endpoint": …, "kind": "ministack" | "moto", "world": folder, "administrator": user, "management": role}.
Standard output: {"roots": {account: [key, secret, token]}, "users": {name: [key, secret]}}; the users are those of the administrator's account.
"""

import json
import pathlib
import sys

import boto3


def client(settings, service, credentials):
    key, secret, token = credentials
    return boto3.client(service, endpoint_url=settings["endpoint"], region_name="us-east-1", aws_access_key_id=key,
                        aws_secret_access_key=secret, aws_session_token=token)


def root(settings, account):
    """Credentials that may do everything in an account."""
    if settings["kind"] == "ministack":
        return [account, "test", None]
    # Any role can be assumed in moto, there or not.
    sts = client(settings, "sts", ["AKIAANYBODY000000000", "any", None])
    role = f"arn:aws:iam::{account}:role/furnish"
    given = sts.assume_role(RoleArn=role, RoleSessionName="furnish")["Credentials"]
    return [given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]]


def furnish(iam, details):
    for policy in details["Policies"]:
        [version] = policy["PolicyVersionList"]
        iam.create_policy(PolicyName=policy["PolicyName"], Path=policy["Path"],
                          PolicyDocument=json.dumps(version["Document"]))
    # Users first: trust policies name them.
    for user in details["UserDetailList"]:
        iam.create_user(UserName=user["UserName"], Path=user["Path"])
        for policy in user["UserPolicyList"]:
            iam.put_user_policy(UserName=user["UserName"], PolicyName=policy["PolicyName"],
                                PolicyDocument=json.dumps(policy["PolicyDocument"]))
    for role in details["RoleDetailList"]:
        iam.create_role(RoleName=role["RoleName"], Path=role["Path"],
                        AssumeRolePolicyDocument=json.dumps(role["AssumeRolePolicyDocument"]))
        for policy in role["RolePolicyList"]:
            iam.put_role_policy(RoleName=role["RoleName"], PolicyName=policy["PolicyName"],
                                PolicyDocument=json.dumps(policy["PolicyDocument"]))
        for policy in role["AttachedManagedPolicies"]:
            iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=policy["PolicyArn"])


def main():
    settings = json.load(sys.stdin)
    roots, users = {}, {}
    folders = sorted(pathlib.Path(settings["world"]).iterdir())
    for folder in folders:
        account = json.loads((folder / "account.json").read_text())["id"]
        details = json.loads((folder / "account-authorization-details.json").read_text())
        assert not details["GroupDetailList"], f"the groups of {account} would be left out"
        roots[account] = root(settings, account)
        iam = client(settings, "iam", roots[account])
        furnish(iam, details)
        if settings["kind"] == "ministack":
            # It does not hand the paths of policies and groups to the policies that decide, so the management role's own is not
            # enough there. Nothing of STS is added: who can enter what stays as it is.
            iam.put_role_policy(RoleName=settings["management"], PolicyName="ministack", PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]}))
        names = [user["UserName"] for user in details["UserDetailList"]]
        if settings["administrator"] in names:
            for name in names:
                key = iam.create_access_key(UserName=name)["AccessKey"]
                users[name] = [key["AccessKeyId"], key["SecretAccessKey"]]
    print(json.dumps({"roots": roots, "users": users}))


main()
