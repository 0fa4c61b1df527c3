"""House rules of security: secrets compared, logged or made badly, rights that assertions guard, input unchecked."""

import ast
from collections.abc import Callable, Iterator
from itertools import pairwise

from futurone_server.tools.analysers.house.nodes import (
    Functions,
    Hit,
    called,
    dotted,
    functions,
    last_name,
    within,
    words,
)

Check = Callable[[ast.Module], Iterator[Hit]]

_MACS = {"signature", "hmac", "mac", "csrf", "otp"}
_DIGESTS = {"digest", "hexdigest"}
_HASHES = {
    "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512", "blake2b", "blake2s", "file_digest",
}  # fmt: skip
_SECRETS = {"password", "passwd", "secret", "passphrase"}
_KEYS = {("api", "key"), ("private", "key"), ("secret", "key"), ("signing", "key")}
_TOKENS = {"auth", "access", "api", "csrf", "reset", "session", "refresh", "bearer", "invite", "verification", "admin"}
_GUARDS = {"verify", "verifies", "authenticate", "authorize", "validate", "login", "webhook", "auth", "valid", "check"}
_RIGHTS = {
    "admin", "authenticated", "authorized", "permission", "permissions", "permitted", "superuser", "staff", "owner",
    "role", "logged", "allowed", "privileged",
}  # fmt: skip
_REQUEST = {"args", "form", "values", "json", "data", "cookies", "headers", "query_params", "GET", "POST", "files"}
_SINKS = {
    "open", "os.system", "os.popen", "os.remove", "os.unlink", "shutil.rmtree", "subprocess.run", "subprocess.call",
    "subprocess.Popen", "subprocess.check_output", "subprocess.check_call", "requests.get", "requests.post",
    "requests.put", "requests.request", "httpx.get", "httpx.post", "urllib.request.urlopen", "urlopen", "send_file",
    "flask.send_file", "redirect", "flask.redirect", "render_template_string", "eval", "exec", "pickle.loads",
    "yaml.load", "__import__", "importlib.import_module",
}  # fmt: skip
_LOGS = {"debug", "info", "warning", "error", "critical", "exception", "log"}
_RANDOM = {"random", "randint", "randrange", "choice", "choices", "sample", "getrandbits", "shuffle", "uniform"}
_MADE = {"token", "password", "secret", "otp", "nonce", "salt", "session", "csrf", "key", "pin"}


def _is_secret(name: str, *, in_guard: bool = False) -> bool:
    """Whether a name is one of something that must not be guessed."""
    parts = words(name)
    pairs = set(pairwise(parts))
    if _MACS.intersection(parts) or _SECRETS.intersection(parts) or _KEYS & pairs:
        return True
    return "token" in parts and (in_guard or bool(_TOKENS.intersection(parts)))


def _hashers(tree: ast.Module) -> set[str]:
    """Names that hold a hash without a key."""
    assigned = (node for node in ast.walk(tree) if isinstance(node, ast.Assign) and _is_hash(node.value))
    return {target.id for node in assigned for target in node.targets if isinstance(target, ast.Name)}


def _is_hash(node: ast.AST) -> bool:
    """Whether something is a hash without a key, of what is no secret itself: a checksum."""
    if not (isinstance(node, ast.Call) and (last_name(node) in _HASHES or called(node) == "hashlib.new")):
        return False
    return not any(_is_secret(last_name(part)) for part in ast.walk(node) if isinstance(part, ast.Name | ast.Attribute))


def _is_checksum(node: ast.AST, hashers: set[str]) -> bool:
    """Whether a side of a comparison is the digest of a hash without a key, which anyone can compute."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _DIGESTS):
        return False
    return _is_hash(node.func.value) or dotted(node.func.value) in hashers


def _compared(tree: ast.Module) -> Iterator[Hit]:
    """A comparison that stops at the first difference, of something that must not be guessed."""
    guards = {node for function in functions(tree) if _GUARDS & set(words(function.name)) for node in within(function)}
    hashers = _hashers(tree)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq)):
            continue
        sides = (node.left, node.comparators[0])
        # Two objects whose fields are compared one by one are no secret and its check.
        is_equality = all(isinstance(side, ast.Attribute) for side in sides) and last_name(sides[0]) == last_name(
            sides[1]
        )
        if is_equality or any(_is_known(side) for side in sides):
            continue
        has_checksum = any(_is_checksum(side, hashers) for side in sides)
        if any(_must_not_be_guessed(side, in_guard=node in guards, is_checked=has_checksum) for side in sides):
            yield Hit(rule="FO102", node=node, detail="Compare with hmac.compare_digest.")


def _must_not_be_guessed(side: ast.AST, *, in_guard: bool, is_checked: bool) -> bool:
    """Whether a side is a secret by its name; digests are, unless they are compared with a checksum."""
    name = last_name(side)
    return _is_secret(name, in_guard=in_guard) or (not is_checked and bool(_DIGESTS.intersection(words(name))))


def _is_known(node: ast.AST) -> bool:
    """Whether a side of a comparison is no secret: a constant, a length, a type, a count."""
    if isinstance(node, ast.Constant | ast.List | ast.Tuple | ast.Dict | ast.Set | ast.UnaryOp | ast.JoinedStr):
        return True
    return called(node) in ("len", "type", "id", "int", "hash") or last_name(node).isupper()


def _asserted(tree: ast.Module) -> Iterator[Hit]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            names = [
                last_name(one) for one in ast.walk(node.test) if isinstance(one, ast.Name | ast.Attribute | ast.Call)
            ]
            named = next((name for name in names if _is_right(name)), None)
            if named is not None:
                yield Hit(rule="FO103", node=node, detail=f"{named} decides about a right; raise an error instead.")


def _is_right(name: str) -> bool:
    parts = words(name)
    is_asked = bool({"is", "has", "can", "check", "require"}.intersection(parts[:1])) or parts in (
        ["role"],
        ["permissions"],
    )
    return is_asked and bool(_RIGHTS.intersection(parts))


def _from_request(node: ast.AST) -> bool:
    """Whether an expression holds something a web request brought, untouched by any function but get."""
    for one in ast.walk(node):
        name = dotted(one)
        parts = name.split(".")
        if len(parts) >= 2 and "request" in parts[:-1] and parts[-1] in _REQUEST:
            return True
    return False


def _untrusted(tree: ast.Module) -> Iterator[Hit]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and called(node) in _SINKS and node.args):
            continue
        if _from_request(node.args[0]) and not _is_cleaned(node.args[0]):
            yield Hit(rule="FO107", node=node, detail=f"{called(node)} gets it without a check.")


def _is_cleaned(node: ast.AST) -> bool:
    cleaned = {"secure_filename", "quote", "shlex.quote", "url_for", "int", "basename", "os.path.basename"}
    return any(called(one) in cleaned for one in ast.walk(node))


def _logged(tree: ast.Module) -> Iterator[Hit]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _LOGS):
            continue
        if "log" not in dotted(node.func.value).lower():
            continue
        for told in _told(node):
            if _SECRETS & set(words(last_name(told))[-1:]) or _is_token(told):
                yield Hit(rule="FO108", node=node, detail="Leave it out, or log that it was there.")
                break


def _told(call: ast.Call) -> Iterator[ast.AST]:
    for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
        if isinstance(argument, ast.JoinedStr):
            yield from (part.value for part in argument.values if isinstance(part, ast.FormattedValue))
        elif isinstance(argument, ast.Name | ast.Attribute | ast.Subscript):
            yield argument


def _is_token(node: ast.AST) -> bool:
    parts = words(last_name(node))
    return len(parts) > 1 and ((parts[-1] == "token" and parts[-2] in _TOKENS) or tuple(parts[-2:]) in _KEYS)


def _foretold(tree: ast.Module) -> Iterator[Hit]:
    """Something that must not be guessed, made by the module random."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(_MADE & set(words(last_name(target))[-1:]) for target in targets):
                yield from _drawn(node.value)
    for function in functions(tree):
        if _makes(function):
            for node in within(function):
                if isinstance(node, ast.Return) and node.value is not None:
                    yield from _drawn(node.value)


def _makes(function: Functions) -> bool:
    parts = words(function.name)
    return bool(_MADE & set(parts[-1:])) and bool({"make", "new", "generate", "create", "random", "gen"} & set(parts))


def _drawn(value: ast.expr) -> Iterator[Hit]:
    for node in ast.walk(value):
        name = called(node)
        if name.startswith("random.") and name.removeprefix("random.") in _RANDOM and isinstance(node, ast.Call):
            yield Hit(rule="FO109", node=node, detail="Use the module secrets.")
            return


def _unsigned(tree: ast.Module) -> Iterator[Hit]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and called(node).endswith("jwt.decode")):
            continue
        for keyword in node.keywords:
            if keyword.arg == "verify" and _is_false(keyword.value):
                yield Hit(rule="FO110", node=node)
            elif keyword.arg == "options" and isinstance(keyword.value, ast.Dict):
                pairs = zip(keyword.value.keys, keyword.value.values, strict=True)
                if any(
                    isinstance(key, ast.Constant) and key.value == "verify_signature" and _is_false(value)
                    for key, value in pairs
                ):
                    yield Hit(rule="FO110", node=node)


def _is_false(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _checked_first(tree: ast.Module) -> Iterator[Hit]:
    """A file is opened for writing, or removed, in the branch that found it missing."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.If):
            continue
        test = node.test.operand if isinstance(node.test, ast.UnaryOp) else None
        if called(test or node) not in ("os.path.exists", "os.path.isfile") or not isinstance(test, ast.Call):
            continue
        asked = ast.dump(test.args[0]) if test.args else ""
        for call in (one for statement in node.body for one in ast.walk(statement)):
            if called(call) == "open" and isinstance(call, ast.Call) and call.args and ast.dump(call.args[0]) == asked:
                yield Hit(rule="FO111", node=call, detail="Open it with mode 'x' and catch FileExistsError.")


SECURITY: tuple[Check, ...] = (_compared, _asserted, _untrusted, _logged, _foretold, _unsigned, _checked_first)
"""The checks; each walks over one file."""
