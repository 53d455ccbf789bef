//! `bootstrap cloudformation` and `terraform`, read back by parsers that are not ours: what they would make is what
//! `bootstrap policy` prints, whatever the names.

use crate::bootstrap::asked;
use hcl::eval::{Context, Evaluate, FuncArgs, FuncDef, ParamType};
use hcl::{Body, Value as Hcl};
use rolegate::Code;
use rolegate::command::Output;
use rolegate::command::bootstrap::{Asked, Trusted, cloudformation, policy, terraform};
use serde_json::{Value, json};

const BEGINS: &str = "arn:aws:iam::999999999999:role/hub/rolegate";

/// Names that YAML and HCL would read as something else, as far as a manifest may hold them.
fn hostile(external_id: &str) -> Asked {
    let mut asked = asked(&["production"]);
    let management = format!(
        "  managementRole: {{name: \"0x1F@=,.+-_\", path: /no/null/, externalID: \"{external_id}\"}}\n  environment: production"
    );
    for (_, text) in &mut asked.manifests {
        *text = text.replace("  environment: production", &management);
    }
    asked
}

fn documents(asked: &Asked) -> Vec<Value> {
    let answer = policy(asked, Output::Json);
    assert_eq!(answer.code, Code::Yes, "{}", answer.talk);
    let report: Value = serde_json::from_str(&answer.out).unwrap();
    report["documents"].as_array().unwrap().clone()
}

/// What the first tool makes of a tree in an account.
fn resolved(tree: &Value, account: &str) -> Value {
    match tree {
        Value::Object(members) => match members.iter().next() {
            Some((function, Value::String(text))) if function == "Fn::Sub" => {
                let text = text.replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", account);
                assert!(!text.contains("${") || text.contains("${!"), "{text}");
                Value::String(text.replace("${!", "${"))
            }
            Some((function, Value::String(name))) if function == "Ref" && name == "TrustedPrincipalArn" => {
                json!(BEGINS)
            }
            Some((function, arguments)) if function == "Fn::Select" => {
                let source = resolved(&arguments[1]["Fn::Split"][1], account);
                let index: usize = arguments[0].as_str().unwrap().parse().unwrap();
                json!(source.as_str().unwrap().split(':').nth(index).unwrap())
            }
            _ => members.iter().map(|(key, value)| (key.clone(), resolved(value, account))).collect(),
        },
        Value::Array(items) => items.iter().map(|item| resolved(item, account)).collect(),
        other => other.clone(),
    }
}

fn trust(trusted: &str, account: &str, external_id: Option<&str>) -> Value {
    let mut condition = json!({"ArnEquals": {"aws:PrincipalArn": trusted}});
    if let Some(id) = external_id {
        condition["StringEquals"] = json!({"sts:ExternalId": id});
    }
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole", "Condition": condition}
    ]})
}

#[test]
fn a_cloudformation_template_makes_the_role_with_its_policies_in_every_account() {
    let answer = cloudformation(&asked(&["production", "sandbox", "444444444444"]), Output::Text);
    assert_eq!(answer.code, Code::Yes, "{}", answer.talk);
    let template: Value = serde_saphyr::from_str(&answer.out).unwrap();
    let json: Value =
        serde_json::from_str(&cloudformation(&asked(&["production", "sandbox"]), Output::Json).out).unwrap();
    assert_eq!(template, json);
    assert_eq!(template["Parameters"]["TrustedPrincipalArn"]["Type"], "String");
    for (account, id) in [("production", "444444444444"), ("sandbox", "555555555555")] {
        let made = resolved(&template["Resources"], id);
        let role = &made["ManagementRole"];
        assert_eq!(role["Type"], "AWS::IAM::Role");
        assert_eq!(role["Properties"]["RoleName"], "rolegate-controller");
        assert_eq!(role["Properties"]["AssumeRolePolicyDocument"], trust(BEGINS, "999999999999", None));
        assert_eq!(role["Properties"]["ManagedPolicyArns"], json!([{"Ref": "ManagementPolicy1"}]));
        let policy = &made["ManagementPolicy1"]["Properties"];
        assert_eq!(policy["ManagedPolicyName"], "rolegate-controller-1");
        assert_eq!(vec![policy["PolicyDocument"].clone()], documents(&asked(&[account])));
    }
}

#[test]
fn names_that_look_like_something_else_stay_what_they_are() {
    for id in ["yes", "0123", "1e3", "null", "12:30:45", "@at", "=1+1", "--", "-.inf"] {
        let hostile = hostile(id);
        let yaml = cloudformation(&hostile, Output::Text);
        assert_eq!(yaml.code, Code::Yes, "{}", yaml.talk);
        let template: Value = serde_saphyr::from_str(&yaml.out).unwrap();
        let made = resolved(&template["Resources"], "444444444444");
        let role = &made["ManagementRole"]["Properties"];
        assert_eq!((&role["RoleName"], &role["Path"]), (&json!("0x1F@=,.+-_"), &json!("/no/null/")));
        assert_eq!(role["AssumeRolePolicyDocument"], trust(BEGINS, "999999999999", Some(id)));
        let policies = documents(&hostile);
        assert_eq!(made["ManagementPolicy1"]["Properties"]["PolicyDocument"], policies[0]);
        let (trusts, made) = applied(&terraform(&hostile).out, "444444444444");
        assert_eq!((trusts, made), (trust(BEGINS, "999999999999", Some(id)), policies));
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the parser asks for functions of this shape")]
fn encode(arguments: FuncArgs) -> Result<Hcl, String> {
    serde_json::to_string(&arguments[0]).map(Hcl::from).map_err(|error| error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "the parser asks for functions of this shape")]
fn split(arguments: FuncArgs) -> Result<Hcl, String> {
    let text =
        |index: usize| arguments[index].as_str().ok_or_else(|| format!("argument {index} is no string"));
    Ok(text(1)?.split(text(0)?).map(Hcl::from).collect())
}

/// The trust policy and the policies that Terraform makes in an account.
fn applied(text: &str, account: &str) -> (Value, Vec<Value>) {
    let body: Body = hcl::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut context = Context::new();
    context.declare_var("local", Hcl::from_iter([("account", account), ("partition", "aws")]));
    context.declare_var("var", Hcl::from_iter([("trusted_principal_arn", BEGINS)]));
    context.declare_func("jsonencode", FuncDef::builder().param(ParamType::Any).build(encode));
    context.declare_func(
        "split",
        FuncDef::builder().param(ParamType::String).param(ParamType::String).build(split),
    );
    let made = |kind: &str, attribute: &str| -> Vec<Value> {
        let blocks =
            body.blocks().filter(|block| block.labels.first().is_some_and(|label| label.as_str() == kind));
        let attributes =
            blocks.filter_map(|block| block.body.attributes().find(|found| found.key.as_str() == attribute));
        attributes
            .map(|found| {
                let value = found.expr.evaluate(&context).unwrap();
                serde_json::from_str(value.as_str().unwrap()).unwrap()
            })
            .collect()
    };
    let trusts = made("aws_iam_role", "assume_role_policy");
    (trusts.into_iter().next().unwrap(), made("aws_iam_policy", "policy"))
}

#[test]
fn terraform_makes_the_same_role_and_policies() {
    for (account, id) in [("auth", "111111111111"), ("production", "444444444444")] {
        let answer = terraform(&asked(&[account]));
        assert_eq!(answer.code, Code::Yes, "{}", answer.talk);
        let (trusts, policies) = applied(&answer.out, id);
        assert_eq!(trusts, trust(BEGINS, "999999999999", None));
        assert_eq!(policies, documents(&asked(&[account])));
        assert!(answer.out.contains("variable \"trusted_principal_arn\""));
    }
}

#[test]
fn whoever_enters_is_named_once_and_rightly() {
    let named =
        |arn: &str| Asked { trusted_by: Some(Trusted::Arn(arn.to_owned())), ..asked(&["production"]) };
    let answer = terraform(&named(BEGINS));
    assert!(!answer.out.contains("variable"), "nothing is left to ask");
    assert_eq!(applied(&answer.out, "444444444444").0, trust(BEGINS, "999999999999", None));
    for wrong in ["", "rolegate", "arn:aws:iam::1:role/x", "arn:aws:iam::111111111111:root"] {
        let answer = cloudformation(&named(wrong), Output::Text);
        assert_eq!((answer.code, answer.out.as_str()), (Code::Bad, ""), "{wrong}");
    }
    let mut by_way = asked(&["production"]);
    for (_, text) in &mut by_way.manifests {
        let via = format!("  managementRole: {{via: [\"{BEGINS}\"]}}\n  environment: production");
        *text = text.replace("  environment: production", &via);
    }
    let answer = terraform(&by_way);
    assert_eq!(applied(&answer.out, "444444444444").0, trust(BEGINS, "999999999999", None));
    let other = Asked { trusted_by: Some(Trusted::Arn(BEGINS.replace("hub", "other"))), ..by_way.clone() };
    let answer = cloudformation(&other, Output::Text);
    assert!(answer.code == Code::Bad && answer.talk.contains("leave the option out"), "{}", answer.talk);
}

#[test]
fn all_accounts_to_enter_share_one_template_whatever_is_bound_in_them() {
    let targets = ["development", "staging", "production", "sandbox"];
    let answer = cloudformation(&asked(&targets), Output::Text);
    assert_eq!(answer.code, Code::Yes, "{}", answer.talk);
}

#[test]
fn accounts_that_ask_for_different_roles_get_no_common_template() {
    let answer = cloudformation(&asked(&["production", "auth"]), Output::Text);
    assert_eq!((answer.code, answer.out.as_str()), (Code::Bad, ""));
    assert!(
        answer.talk.contains("`production` and `auth` ask for different management roles"),
        "{}",
        answer.talk
    );
}
