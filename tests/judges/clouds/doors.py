"""Tries doors of an independent AWS.

Standard input: {"endpoint": …, "roots": {account: [key, secret, token]}, "users": {name: [key, secret]}, "machine": role ARN,
"doors": [role ARN, …]}. Standard output: [[who, role ARN, "entered" or the error's code], …]; who is a user with a long-term
key and without MFA, or "machine", a session of the machine's role, or "machine, by its session", the same once more at the
doors whose conditions name the machine's role, while they name its session instead.
"""

import json
import sys

import boto3
import botocore.exceptions


def client(settings, service, key, secret, token=None):
    return boto3.client(service, endpoint_url=settings["endpoint"], region_name="us-east-1", aws_access_key_id=key,
                        aws_secret_access_key=secret, aws_session_token=token)


def machine(settings):
    """A session of the machine's role, through a user who may enter it for this alone."""
    arn = settings["machine"]
    iam = client(settings, "iam", *settings["roots"][arn.split(":")[4]])
    made = iam.create_user(UserName="machinist")["User"]["Arn"]
    enter = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn}
    iam.put_user_policy(UserName="machinist", PolicyName="enter",
                        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [enter]}))
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": made}}
    iam.update_assume_role_policy(RoleName=arn.split("/")[-1],
                                  PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    key = iam.create_access_key(UserName="machinist")["AccessKey"]
    sts = client(settings, "sts", key["AccessKeyId"], key["SecretAccessKey"])
    given = sts.assume_role(RoleArn=arn, RoleSessionName="machine")["Credentials"]
    return client(settings, "sts", given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def attempt(sts, arn, session):
    try:
        sts.assume_role(RoleArn=arn, RoleSessionName=session)
        return "entered"
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]


def by_session(settings, sts, arn):
    """What becomes of the machine at a door whose trust policy names its session where it named its role, or None."""
    account, name = arn.split(":")[4], arn.split("/")[-1]
    iam = client(settings, "iam", *settings["roots"][account])
    trust = json.dumps(iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"])
    if settings["machine"] not in trust:
        return None
    session = sts.get_caller_identity()["Arn"]
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust.replace(settings["machine"], session))
    try:
        return attempt(sts, arn, "machine")
    finally:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust)


def main():
    settings = json.load(sys.stdin)
    callers = {name: client(settings, "sts", *key) for name, key in settings["users"].items()}
    callers["machine"] = machine(settings)
    tried = [[name, arn, attempt(sts, arn, name)] for name, sts in callers.items() for arn in settings["doors"]]
    for arn in settings["doors"]:
        answer = by_session(settings, callers["machine"], arn)
        if answer:
            tried.append(["machine, by its session", arn, answer])
    print(json.dumps(tried))


main()
