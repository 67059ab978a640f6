"""verify: from the lake alone, whether everything in it is as it was committed. Nothing here needs Spark."""

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.verify import chain, contents, contract, seals
from clear_record.audit.verify.findings import Audited


def verify(
    lake: LakeFiles,
    run_id: str | None = None,
    *,
    head: str | None = None,
    public_key: str | None = None,
    records: bool = False,
) -> Audited:
    """Check the chain, its signatures, the seals and the tables' contracts, and the contents of all runs, or of run `run_id`.

    `head` is the row hash of a run that was noted elsewhere, `public_key` (hex) the signer's. With `records` the record tables are
    read too. Raises InputRefused for an unknown run, and NotReproducible where the table of runs cannot be read.
    """
    audited = Audited()
    runs = lake.runs if run_id is None else [lake.run(run_id)]
    contract.check_contracts(lake, audited)
    chain.check_chain(lake, head, audited)
    chain.check_signatures(lake, public_key, audited)
    seals.check_seals(lake, public_key, audited)
    contents.check_uncommitted(lake, audited)
    contents.check_settlements(lake, audited)
    for run in runs:
        contents.check_decisions(lake, run, audited)
        contents.check_versions(lake, run, audited)
    contents.check_packs(lake, runs, audited)
    deliveries = contents.check_deliveries(lake, runs, audited)
    contents.check_rotations(lake, deliveries, audited)
    if records:
        for delivery in deliveries:
            contents.check_records(lake, delivery, audited)
    _note(audited, head, public_key, records)
    return audited


def _note(audited: Audited, head: str | None, public_key: str | None, records: bool) -> None:
    if head is None:
        audited.notes.append("Whether runs were cut off the end of the chain cannot be told without --head")
    if public_key is None and audited.checked.get("signatures"):
        audited.notes.append("Who holds the keys that signed cannot be told without --public-key")
    if unsigned := audited.checked.pop("unsigned runs", 0):
        audited.notes.append(f"Not signed: {unsigned:,} of {audited.checked['runs']:,} runs")
    if not records:
        audited.notes.append("The record tables were not read; --records does it")
