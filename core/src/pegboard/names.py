"""Readable names for runs that were given none, such as `calm-heron-412`; stores call it."""

from __future__ import annotations

import os

_ADJECTIVES = (
    "able agile amber ample apt awake bold brave breezy bright brisk calm candid clear clever cosmic "
    "crisp curious daring deft eager early easy exact fair fancy fearless fleet fond fresh gentle "
    "gifted glad golden grand handy happy hardy honest humble jolly keen kind lively loyal lucid "
    "lucky mellow merry mighty modest neat nimble noble patient placid polite proud quick quiet "
    "rapid rare ready robust rosy rustic secure serene sharp silent silver smart smooth snug solid "
    "spry stable steady still sturdy subtle sunny swift tidy tranquil trusty upbeat valiant vivid "
    "warm wise witty worthy zesty"
).split()
_NOUNS = (
    "alder ant aspen badger bat bear beaver bee birch bison boar cedar cod condor crab crane cricket "
    "crow deer dove duck eagle eel egret elk elm falcon fern finch fox frog gecko goat goose grouse "
    "gull hare hawk hazel heron horse ibis jay kite koala lark lemur lime linden lion loon lynx "
    "magpie maple marten mink mole moose moth mouse newt oak oriole otter owl panda perch pike pine "
    "plover pony poplar puffin quail ram raven robin rook rowan salmon seal shark shrew skate sloth "
    "snail spruce squid stag stoat stork swan swift tern thrush tiger toad trout tuna viper vole "
    "walrus wasp whale willow wolf wombat wren yak yew zebra"
).split()


def random_run_name() -> str:
    """Return a readable name; names need not be unique."""
    # Not from the global generator: seeding that for reproducible training must not repeat names.
    first, second, third = (int.from_bytes(os.urandom(4), "little") for _ in range(3))
    return f"{_ADJECTIVES[first % len(_ADJECTIVES)]}-{_NOUNS[second % len(_NOUNS)]}-{third % 1000}"
