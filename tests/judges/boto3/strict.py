"""Holds raw XML answers against botocore's service model: what botocore itself drops in silence is a fault here."""

import re
from xml.etree import ElementTree

import regex

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
INTEGERS = {"integer": 32, "long": 64}


def answer_faults(service_model, operation_model, body):
    """What is wrong with the body of a successful answer."""
    root = ElementTree.fromstring(body)
    namespace = service_model.metadata["xmlNamespace"]
    faults = []
    names = [_local(root, namespace, faults)]
    if names != [operation_model.name + "Response"]:
        faults.append(f"the root is <{names[0]}>")
    children = {_local(child, namespace, faults): child for child in root}
    output = operation_model.output_shape
    expected = {"ResponseMetadata"}
    if output is not None:
        wrapper = output.serialization.get("resultWrapper", operation_model.name + "Result")
        expected.add(wrapper)
        if wrapper in children:
            _structure(output, children[wrapper], wrapper, namespace, faults)
    if set(children) != expected:
        faults.append(f"the root holds {sorted(children)}, not {sorted(expected)}")
    metadata = children.get("ResponseMetadata")
    if metadata is None or not (metadata.findtext(f"{{{namespace}}}RequestId") or "").strip():
        faults.append("no RequestId")
    return faults


def error_faults(operation_model, status, body, common):
    """What is wrong with an error, and its code. `common` maps codes that any operation may answer to their statuses."""
    root = ElementTree.fromstring(body)
    local = lambda element: element.tag.rsplit("}", 1)[-1]
    faults = []
    if local(root) != "ErrorResponse":
        faults.append(f"the root of an error is <{local(root)}>")
    parts = {local(child): child for child in root}
    if "RequestId" not in parts:
        faults.append("no RequestId in an error")
    fields = {local(child): (child.text or "") for child in parts.get("Error", ())}
    code = fields.get("Code", "")
    if set(fields) != {"Type", "Code", "Message"} or fields["Type"] not in ("Sender", "Receiver") or not fields["Message"]:
        faults.append(f"an error holds {fields}")
    statuses = dict(common)
    for shape in operation_model.error_shapes:
        error = shape.metadata.get("error", {})
        statuses[error.get("code", shape.name)] = error.get("httpStatusCode")
    if code not in statuses:
        faults.append(f"the error {code} is none of this operation: {sorted(statuses)}")
    elif statuses[code] != status:
        faults.append(f"the error {code} has the status {status}, not {statuses[code]}")
    return code, faults


def _local(element, namespace, faults):
    prefix = f"{{{namespace}}}"
    if not element.tag.startswith(prefix):
        faults.append(f"<{element.tag}> is not in the namespace {namespace}")
    return element.tag.rsplit("}", 1)[-1]


def _value(shape, element, where, namespace, faults):
    check = {"structure": _structure, "list": _list, "map": _map}.get(shape.type_name, _scalar)
    check(shape, element, where, namespace, faults)


def _structure(shape, element, where, namespace, faults):
    by_name = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
    seen = set()
    for child in element:
        name = _local(child, namespace, faults)
        if name not in by_name:
            faults.append(f"{where}.{name} is no member of {shape.name}")
        elif name in seen:
            faults.append(f"{where}.{name} is there twice")
        else:
            _value(by_name[name][1], child, f"{where}.{name}", namespace, faults)
        seen.add(name)
    for name in shape.required_members:
        if shape.members[name].serialization.get("name", name) not in seen:
            faults.append(f"{where}.{name} is required by {shape.name} and missing")
    if (element.text or "").strip():
        faults.append(f"{where} holds text {element.text!r}")


def _list(shape, element, where, namespace, faults):
    item = shape.member.serialization.get("name", "member")
    _length(shape, len(element), where, faults)
    for number, child in enumerate(element):
        name = _local(child, namespace, faults)
        if name != item:
            faults.append(f"{where} holds <{name}>, not <{item}>")
        _value(shape.member, child, f"{where}[{number}]", namespace, faults)


def _map(shape, element, where, namespace, faults):
    key_name = shape.key.serialization.get("name", "key")
    value_name = shape.value.serialization.get("name", "value")
    for entry in element:
        parts = {_local(child, namespace, faults): child for child in entry}
        if _local(entry, namespace, faults) != "entry" or set(parts) != {key_name, value_name}:
            faults.append(f"{where} holds no entry but {sorted(parts)}")
            continue
        _value(shape.key, parts[key_name], f"{where} key", namespace, faults)
        _value(shape.value, parts[value_name], f"{where}[{parts[key_name].text}]", namespace, faults)


def _scalar(shape, element, where, _namespace, faults):
    text = element.text or ""
    kind = shape.type_name
    if len(element):
        faults.append(f"{where} is a {kind} and holds elements")
    elif kind == "boolean" and text not in ("true", "false"):
        faults.append(f"{where} is no boolean: {text!r}")
    elif kind in INTEGERS:
        if not re.fullmatch(r"-?\d+", text) or abs(int(text)) >= 2 ** (INTEGERS[kind] - 1):
            faults.append(f"{where} is no {kind}: {text!r}")
        else:
            _length(shape, int(text), where, faults)
    elif kind == "timestamp" and not TIMESTAMP.fullmatch(text):
        faults.append(f"{where} is no timestamp: {text!r}")
    elif kind == "string":
        _string(shape, text, where, faults)


def _string(shape, text, where, faults):
    _length(shape, len(text), where, faults)
    if shape.enum and text not in shape.enum:
        faults.append(f"{where} is {text!r}, which is none of {shape.enum}")
    pattern = shape.metadata.get("pattern")
    if pattern and not regex.fullmatch(pattern, text):
        faults.append(f"{where} is {text!r}, which does not match {pattern}")


def _length(shape, size, where, faults):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if (low is not None and size < low) or (high is not None and size > high):
        faults.append(f"{where} has the size {size}, outside {low} to {high}")
