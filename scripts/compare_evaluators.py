"""Random people under random packs, decided by both evaluators of the law language, and what they differ in: the longer run of
tests/spark/test_random_packs.py. With --invariants, what must hold of every decision, too: that of tests/unit/test_reference_properties.py.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from random import Random, SystemRandom
from typing import Any

from clear_record.law.pack import Pack
from clear_record.spark import session
from tests.agreement import Compared, compared_at_random
from tests.invariants import broken
from tests.random_packs import as_yaml
from tests.strategies import Rows


def options() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="scripts/compare_evaluators",
        description="Decide random people under random packs with both evaluators, and show where they differ.",
    )
    parser.add_argument("--packs", type=int, default=200, help="number of packs (200)")
    parser.add_argument("--people", type=int, default=200, help="number of people for each pack (200)")
    parser.add_argument("--seed", type=int, help="the same seed gives the same packs and people (a new one)")
    parser.add_argument(
        "--invariants", type=int, default=0, metavar="N", help="check them for N people of each pack, too (0)"
    )
    return parser.parse_args()


def main() -> int:
    """Runs it; 1 where something differs or does not hold."""
    given = options()
    seed = SystemRandom().randrange(2**32) if given.seed is None else given.seed
    print(f"seed {seed}: {given.packs} random packs on {given.people} random people each", flush=True)
    spark = session("compare evaluators")
    # For so few rows more partitions are only more tasks.
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    outcomes: Counter[str | None] = Counter()
    wrong = packs = 0
    began = time.monotonic()
    for each in compared_at_random(spark, given.packs, given.people, seed):
        packs += len(each.packs)
        outcomes += each.outcomes
        told = [*_differences(each), *_broken(each, given.invariants, seed)]
        wrong += len(told)
        print(f"{packs} packs, {time.monotonic() - began:,.0f} s: {len(told)} wrong", flush=True)
        for text in told:
            print(text, flush=True)
    counts = ", ".join(f"{count:,} {outcome or 'not decided'}" for outcome, count in outcomes.most_common())
    print(f"{outcomes.total():,} charges under {packs} packs ({counts}): {wrong} wrong; seed {seed}")
    return 1 if wrong else 0


def _differences(found: Compared) -> Iterator[str]:
    """The first charge of each pack on which the evaluators differ."""
    shown: set[str] = set()
    for each in found.differences:
        if each.pack.name not in shown:
            shown.add(each.pack.name)
            says = [other.says for other in found.differences if other.charge_id == each.charge_id]
            yield _shown(each.pack, each.rows, f"as of {each.as_of}, {each.charge_id}: {'; '.join(says)}")


def _broken(found: Compared, people: int, seed: int) -> Iterator[str]:
    """For each pack the first person for whom an invariant does not hold."""
    for pack in found.packs:
        choose = Random(f"{seed} {pack.name}").choice
        for rows, as_of in found.people[:people]:
            said = broken(pack, rows, as_of, choose)
            if said:
                yield _shown(pack, rows, f"as of {as_of}, " + "; ".join(said))
                break


def _shown(pack: Pack, rows: Rows, says: str) -> str:
    files = [f"--- {name} of {pack.name}\n{text}" for name, text in pack.texts.items()]
    person = {str(row["charge_id"]): _recorded(row) for row in rows}
    return "\n".join([*files, f"--- the person's charges\n{as_yaml(person)}--- {says}\n"])


def _recorded(row: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in row.items() if value is not None}


if __name__ == "__main__":
    sys.exit(main())
