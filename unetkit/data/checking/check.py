"""The check, readable from top to bottom: listing -> files one by one -> classes -> twins -> report."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from unetkit.data.checking.balance import balance_findings, class_balance
from unetkit.data.checking.duplicates import Twins, exact_twins, near_twins, repeated
from unetkit.data.checking.finding import Finding, ordered
from unetkit.data.checking.fingerprint import DETAIL_PX
from unetkit.data.checking.labels import mask_findings
from unetkit.data.checking.maskfile import MaskValues
from unetkit.data.checking.report import CheckReport
from unetkit.data.checking.subject import Probed, Subject, subject_of
from unetkit.data.dataset import READERS, Dataset, Progress
from unetkit.data.split import TRAINING_SPLITS, VALIDATION

QUICK_SAMPLE = 200  # pictures that the quick form opens
_AHEAD = 64  # samples opened and not yet taken in: memory stays flat


def check(
    subject: Subject, *, quick: bool = False, opened: Progress | None = None, compared: Progress | None = None
) -> CheckReport:
    """Open every picture and mask, and compare every picture with every other.

    Args:
        subject: from `open_subject`.
        quick: open a seeded sample of 200 pairs, and compare none.
        opened: called with (done, total) pairs.
        compared: called with (done, total) pictures.
    """
    splits = {split: subject.splits[split] for split in sorted(subject.splits, key=_rank)}
    names = list(dict.fromkeys(name for members in splits.values() for name in members))
    if quick:
        names = _sample(names)
    probes = _Probes(subject, names)
    findings = [*subject.findings, *probes.open(opened)]
    legend = subject.legend(probes.masks, all_masks=not quick)
    findings += [*legend.findings, *mask_findings(probes.masks, legend)]
    masks_of = {
        split: [probes.masks[file] for name in members if (file := subject.files(name)[1]) in probes.masks]
        for split, members in splits.items()
    }
    balance = class_balance(masks_of, legend)
    if not quick:
        findings += balance_findings(row for row in balance if masks_of[row.split])
        findings += probes.twin_findings(splits, compared)
    sizes = sorted(probes.sizes, key=lambda hw: hw[0] * hw[1])
    return CheckReport(
        reference=subject.reference,
        quick=quick,
        splits={split: len(members) for split, members in splits.items()},
        opened=len(names),
        smallest_hw=sizes[0] if sizes else None,
        largest_hw=sizes[-1] if sizes else None,
        classes=legend.classes,
        balance=tuple(balance),
        findings=tuple(ordered(findings)),
    )


def quick_check(dataset: Dataset, names: Sequence[str]) -> list[Finding]:
    """What a directory listing and a seeded sample of at most 200 of the named pairs tell, the worst first.

    Args:
        dataset: open already.
        names: the ones that will be used.
    """
    subject = subject_of(dataset)
    known = {name for members in subject.splits.values() for name in members}
    probes = _Probes(subject, _sample([name for name in names if name in known]))
    findings = [*subject.findings, *probes.open(None)]
    legend = subject.legend(probes.masks, all_masks=False)
    return ordered([*findings, *legend.findings, *mask_findings(probes.masks, legend)])


class _Probes:
    """What is kept of each sample: 16 bytes of digest, 8 of hash, 256 of details, and the mask's values."""

    def __init__(self, subject: Subject, names: Sequence[str]) -> None:
        self.subject = subject
        self.names = names
        self.masks: dict[str, MaskValues] = {}
        self.sizes: set[tuple[int, int]] = set()
        self.digests = [b""] * len(names)
        self.hashes: NDArray[np.uint64] = np.zeros(len(names), np.uint64)
        self.details: NDArray[np.int8] = np.zeros((len(names), DETAIL_PX**2), np.int8)
        self.hashed: NDArray[np.bool_] = np.zeros(len(names), np.bool_)

    def open(self, progress: Progress | None) -> list[Finding]:
        """Open all samples by a few threads (OpenCV releases the GIL), and return their findings."""
        findings: list[Finding] = []
        for row, probed in enumerate(self._probed()):
            findings += probed.findings
            if probed.mask is not None:
                self.masks[self.subject.files(self.names[row])[1]] = probed.mask
            if probed.hw is not None:
                self.sizes.add(probed.hw)
            self.digests[row] = probed.digest
            if probed.fingerprint is not None:
                self.hashes[row] = probed.fingerprint.bits
                self.details[row] = probed.fingerprint.details.ravel()
                self.hashed[row] = True
            if progress is not None:
                progress(row + 1, len(self.names))
        return findings

    def twin_findings(self, splits: Mapping[str, Sequence[str]], progress: Progress | None) -> list[Finding]:
        """Pictures that are there twice, exactly or nearly, and masks of two pictures."""
        split_of = {name: split for split, members in splits.items() for name in members}
        rank = {split: index for index, split in enumerate(splits)}
        place = np.array([rank[split_of[name]] for name in self.names], np.int64)
        readable = [row for row, digest in enumerate(self.digests) if digest]
        exact = exact_twins([self.digests[row] for row in readable], place[readable])
        exact = [_renumbered(twins, readable) for twins in exact]
        copies = {twins.second for twins in exact}
        rows = [row for row in np.flatnonzero(self.hashed).tolist() if row not in copies]
        near = near_twins(self.hashes[rows], self.details[rows], place[rows], progress=progress)
        near = [_renumbered(twins, rows) for twins in near]
        return [
            *(self._exact_finding(twins, split_of) for twins in exact),
            *(self._near_finding(twins, split_of) for twins in near),
            *self._contradictions(exact),
            *self._repeated_masks({twins.second for twins in [*exact, *near]}),
        ]

    def _probed(self) -> Iterator[Probed]:
        with ThreadPoolExecutor(READERS) as pool:
            for start in range(0, len(self.names), _AHEAD):
                yield from pool.map(self.subject.probe, self.names[start : start + _AHEAD])

    def _exact_finding(self, twins: Twins, split_of: Mapping[str, str]) -> Finding:
        first, second = self._pictures(twins)
        code = "duplicate-across" if twins.across else "duplicate"
        reason = f"the same content as {first}{self._where(twins, split_of)}"
        return Finding(code=code, file=second, others=(first,), reason=reason)

    def _near_finding(self, twins: Twins, split_of: Mapping[str, str]) -> Finding:
        first, second = self._pictures(twins)
        return Finding(
            code="near-duplicate-across" if twins.across else "near-duplicate",
            file=second,
            others=(first,),
            reason=f"like {first}{self._where(twins, split_of)}: "
            f"{twins.distance_bits} of 64 bits differ, correlation {twins.correlation:.3f}",
            details={"distance_bits": twins.distance_bits, "correlation": round(twins.correlation, 4)},
        )

    def _contradictions(self, exact: Sequence[Twins]) -> list[Finding]:
        findings: list[Finding] = []
        for twins in exact:
            one, two = (self.masks.get(self.subject.files(self.names[row])[1]) for row in (twins.first, twins.second))
            if one is not None and two is not None and one.digest != two.digest:
                here, there = self._mask_files(twins.first, twins.second)
                reason = f"its picture has the content of that of {there}, whose mask is another"
                findings.append(Finding(code="duplicate-contradicts", file=here, others=(there,), reason=reason))
        return findings

    def _repeated_masks(self, twins: set[int]) -> list[Finding]:
        """Masks of more than one value that belong to two pictures that are not alike."""
        kept = [
            (row, mask.digest)
            for row, name in enumerate(self.names)
            if (mask := self.masks.get(self.subject.files(name)[1])) is not None and len(mask.values) > 1
        ]
        findings: list[Finding] = []
        for one, two in repeated(digest for _row, digest in kept):
            first, second = kept[one][0], kept[two][0]
            if second not in twins:
                here, there = self._mask_files(first, second)
                reason = f"the same as {there}, but the pictures are not alike"
                findings.append(Finding(code="mask-repeated", file=here, others=(there,), reason=reason))
        return findings

    def _mask_files(self, first: int, second: int) -> tuple[str, str]:
        """What findings call the masks, the second one first."""
        return self.subject.files(self.names[second])[1], self.subject.files(self.names[first])[1]

    def _pictures(self, twins: Twins) -> tuple[str, str]:
        return self.subject.files(self.names[twins.first])[0], self.subject.files(self.names[twins.second])[0]

    def _where(self, twins: Twins, split_of: Mapping[str, str]) -> str:
        first, second = split_of[self.names[twins.first]], split_of[self.names[twins.second]]
        return f" ({first} and {second})" if twins.across else f" (both {first})"


def _renumbered(twins: Twins, rows: Sequence[int]) -> Twins:
    return Twins(
        first=rows[twins.first],
        second=rows[twins.second],
        distance_bits=twins.distance_bits,
        correlation=twins.correlation,
        across=twins.across,
    )


def _sample(names: Sequence[str]) -> list[str]:
    """At most 200 of the names, drawn with a fixed seed, in their order."""
    if len(names) <= QUICK_SAMPLE:
        return list(names)
    chosen = np.random.default_rng(0).choice(len(names), QUICK_SAMPLE, replace=False)
    return [names[index] for index in sorted(chosen.tolist())]


def _rank(split: str) -> int:
    """What is trained on first and what is scored on last, so that a leak is counted where it does harm."""
    return 0 if split in TRAINING_SPLITS else 1 if split == VALIDATION else 2
