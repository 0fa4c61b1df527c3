"""Word lists for English: what carries no meaning, what carries little, and what means nearly the same."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP = _words(
    """
    a about above after again all also although always am among an and another any anybody anyone anything are
    aren't as at be because been before being below between both but by came can cannot can't come could
    couldn't did didn't do does doesn't doing done don't down during each either else etc even ever every
    everything for from further get gets getting give given gives go goes going gone got had hadn't has hasn't
    have haven't having he her here hers herself him himself his how however i if i'd i'll i'm in into is isn't
    it its it's itself i've just let lets let's many may me might mine more moreover most much must mustn't my
    myself neither no none nor not now of off often on once one ones only onto or other others our ours
    ourselves out over own per perhaps please put quite rather really said same say says shall shan't she should
    shouldn't since so some somebody someone something still such than that that's the their theirs them
    themselves then there therefore these they they're this those though through thus to together too toward
    towards under until up upon us very via was wasn't we well we'll were we're weren't what whatever what's
    when whenever where wherever whether which whichever while who whoever whole whom whose why will with within
    without won't would wouldn't yes yet you you'd you'll your you're yours yourself yourselves you've e.g i.e
    vs
    """
)
"""Words that are never looked for."""

ASKING = _words(
    """
    according analyse analyze assess attached clarify collect compare contrast describe determine discuss
    enumerate establish evaluate examine exactly explain explore gather identify indicate inform investigate
    know precisely provided summarise summarize tell understand
    """
)
"""Words that ask rather than say what is asked for."""

MEASURES = _words(
    """
    long large big far fast high deep old small wide tall heavy frequently quickly soon
    """
)
"""What follows "how" when a number is asked for."""

WEAK = _words(
    """
    able affect answer apply available behave behavior behaviour brief call called case cause certain check cite
    common concern consider contain current currently define describe detail difference different document
    documentation documents effect exist extract fact file files first follow following form function general
    generally good handle handled happen happens help important include info information instead keep kind know
    last learn like list look main make makes making material materials mean means meant mention method must
    name named need needed needs normally note number occur offer offered outline overview part particular
    perform place point possible prefer present provide provides purpose question read reason refer regard
    relate relevant report require research result review role section sections see set several short show
    single source sources specific specify stand standard state study summary support supported sure table take
    takes term text thing things time treat treated type types typical typically use used useful user uses using
    usual usually value values verify want way ways work works write you
    """
)
"""Words that fit nearly any text, and so count less."""

_GROUPS = """
    maximum max largest biggest greatest highest most limit limited upper
    minimum min smallest lowest least lower
    default defaults predefined
    delete remove erase discard purge unlink
    create make generate build new
    begin start launch initiate
    stop end terminate quit halt exit shutdown
    change modify alter edit adjust update
    show display print output
    allow permit enable accept
    forbid disallow prohibit deny refuse reject prevent disable
    directory folder dir
    argument parameter option flag switch setting
    error failure fault fail
    cost price fee charge
    employee staff worker
    buy purchase
    customer client
    quick fast rapid
    big large huge
    small little tiny
    obtain get retrieve fetch receive
    send transmit deliver
    keep retain preserve store save
    duration period long interval timeout
    year annual yearly
    month monthly
    begin commence
    repair fix
    choose select pick
    required mandatory compulsory obligatory necessary
    optional voluntary
    forbidden prohibited
    encrypt encryption cipher
    password passphrase
    log logfile logging
    compress compression
    parallel concurrent simultaneous
    author writer written
    cancel abort
    notify notification alert
    location path where
    identical same equal
    amount quantity sum total
    ignore skip exclude omit
    replace substitute overwrite
    reverse invert
    verify check validate
    copy duplicate
    combine merge join concatenate
    verbose detailed
    quiet silent suppress
    unit measure
    kill terminate
    recursive recursively descend
    owner ownership own
    permission mode right access
    signal interrupt
    detect find discover
    wait delay sleep pause
    repeat retry again
    format layout
    leave departure resign
    purpose aim goal
    difference differ distinguish unlike
"""

SYNONYMS: tuple[tuple[str, ...], ...] = tuple(tuple(line.split()) for line in _GROUPS.strip().splitlines())
"""Groups of words of which one may stand for another, at a discount."""

NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
    )
}
"""Number words that are also found as digits."""

ABBREVIATIONS = _words(
    """
    al approx apr art aug ca cf ch col corp dec dept dr ed eds eq est etc ex feb fig figs gen gov inc incl jan
    jr jul jun lt ltd mar max mfg min misc mr mrs ms mt no nos nov oct op p para pp pres prof pt ref refs rev
    sec sep sept sr st std tab tel univ viz vol vols vs e.g i.e u.s u.k a.m p.m ph.d
    """
)
"""What a full stop after it does not end."""
