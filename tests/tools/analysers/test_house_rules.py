"""House rules: each finds what it is for, and is silent about what merely looks alike."""

import pytest

from tools.analysers.making import rules_of_each

LOGIC = {
    "FO101": [
        "async def f(): ...\n\nasync def g():\n    f()\n",
        "class A:\n    async def f(self): ...\n    async def g(self):\n        self.f()\n",
        "import asyncio\n\nasync def g():\n    asyncio.sleep(1)\n",
    ],
    "FO104": [
        "def f(x):\n    return x[len(x)]\n",
        "def f(x):\n    for i in range(len(x) + 1):\n        print(x[i])\n",
        "def f(x):\n    i = 0\n    while i <= len(x):\n        print(x[i])\n        i += 1\n",
    ],
    "FO105": ["def f(a, b):\n    if a > b:\n        return 1\n    elif a > b:\n        return 2\n"],
    "FO106": ["def f(a):\n    if a:\n        x = 1\n    else:\n        x = 1\n    return x\n"],
    "FO112": ["def f(a):\n    return a.x - a.x\n", "def f(a, b):\n    return a or b or a\n"],
    "FO113": [
        "def f(p):\n    file = open(p)\n    return [line for line in file]\n",
        "def f(p):\n    return open(p).read()\n",
    ],
}
SECURITY = {
    "FO102": [
        "def f(a, b):\n    return a.signature == b\n",
        "def verify(token, wanted):\n    return token == wanted\n",
        "def f(d, api_key):\n    return d['key'] != api_key\n",
        "import hmac\n\ndef f(k, m, given):\n    return hmac.new(k, m, 'sha256').hexdigest() == given\n",
        "from hashlib import sha256\n\ndef f(password, stored):\n    return sha256(password).hexdigest() == stored\n",
        "from hashlib import sha256\n\ndef f(m, signature):\n    return sha256(m).hexdigest() == signature\n",
    ],
    "FO103": ["def f(user):\n    assert user.is_admin\n", "def f(user):\n    assert user.has_permission('x'), 'no'\n"],
    "FO107": [
        "def f(request):\n    return open(request.args['p'])\n",
        "import os\n\ndef f(request):\n    os.system('ls ' + request.form.get('p'))\n",
    ],
    "FO108": [
        "def f(log, password):\n    log.info('%s', password)\n",
        "def f(log, u):\n    log.info(f'{u.api_key}')\n",
    ],
    "FO109": [
        "import random\n\ntoken = random.randint(1, 9)\n",
        "import random\n\ndef make_password():\n    return random.choice('abc')\n",
    ],
    "FO110": ["import jwt\n\nx = jwt.decode('t', options={'verify_signature': False})\n"],
    "FO111": [
        "import os\n\ndef f(p):\n    if not os.path.exists(p):\n        with open(p, 'w') as file:\n"
        "            file.write('x')\n"
    ],
}
SILENT = [
    "async def f(): ...\n\nasync def g():\n    await f()\n",
    "def f(): ...\n\nasync def g():\n    f()\n",
    "def f(x):\n    x[len(x)] = 1\n    return x[len(x) - 1]\n",
    "def f(x):\n    return [x[:i] for i in range(len(x) + 1)]\n",
    "def f(x):\n    for i in range(len(x) + 1):\n        if i < len(x):\n            print(x[i])\n",
    "def f(tok):\n    return tok == '('\n",
    "class A:\n    def __eq__(self, other):\n        return self.signature == other.signature\n",
    "def f(password):\n    return len(password) == 12 or password is None\n",
    "def f(x):\n    assert x is not None\n    assert isinstance(x.owner, str)\n",
    "from hashlib import sha256\n\ndef f(data, digest):\n    return sha256(data).hexdigest() != digest\n",
    "import hashlib\n\ndef check(data, wanted):\n    return hashlib.new('md5', data).hexdigest() == wanted\n",
    "import hashlib\n\ndef f(data, digest):\n    h = hashlib.sha256()\n    h.update(data)\n"
    "    return h.hexdigest() == digest\n",
    "def f(log, count):\n    log.info('%s passwords', count)\n",
    "import random\n\nposition = random.randint(1, 9)\n",
    "def f(p):\n    file = open(p)\n    file.close()\n",
    "def f(p):\n    file = open(p)\n    return file\n",
    "def f(request):\n    return open(secure_filename(request.args['p']))\n",
]


@pytest.mark.parametrize(("rule", "code"), [(rule, code) for rule, codes in LOGIC.items() for code in codes])
def test_a_mistake_of_logic_is_found(rule: str, code: str) -> None:
    codes = tuple(code for codes in LOGIC.values() for code in codes)
    assert f"house:{rule}" in rules_of_each("static", codes)[code]


@pytest.mark.parametrize(("rule", "code"), [(rule, code) for rule, codes in SECURITY.items() for code in codes])
def test_a_weakness_is_found(rule: str, code: str) -> None:
    codes = tuple(code for codes in SECURITY.values() for code in codes)
    assert f"house:{rule}" in rules_of_each("security", codes)[code]


def test_what_merely_looks_alike_is_left_alone() -> None:
    from futurone_server.tools.analysers import Analyser
    from tools.analysers.making import changed

    changes = changed({f"case_{number}.py": code for number, code in enumerate(SILENT)})
    told = [one for family in ("static", "security") for one in Analyser(family, changes).run().found]
    assert [one for one in told if one.rule.startswith("house:")] == []
