"""What a run remembers of its data, so that an export can read the same samples again."""

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from unetkit.contract.publish import publish_text
from unetkit.contract.spec import InputSpec
from unetkit.data.catalog import AUTO, open_dataset
from unetkit.data.dataset import Dataset
from unetkit.data.framecache import FrameCache, fitting
from unetkit.errors import DataError

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class DataRecord:
    """A run's `split.json`.

    Attributes:
        reference: `Dataset.reference`: an absolute folder or a built-in name.
        data_dir: the folder the user gave for data, if any.
        digest: `Dataset.digest()` at training.
        train: sample names trained on.
        validation: sample names held out.
        cache: folder of the frame cache with both, as `FrameCache.folder` says.
        data_format: `format_of` the data set; "auto" in records from before there were several.
    """

    reference: str
    data_dir: str | None
    digest: str
    train: tuple[str, ...]
    validation: tuple[str, ...]
    cache: str
    data_format: str = AUTO

    def write(self, path: Path) -> None:
        """Write it as JSON, whole or not at all.

        Raises:
            OutputError: it cannot be written.
        """
        publish_text(path, json.dumps(asdict(self), indent=1, ensure_ascii=False))

    @classmethod
    def read(cls, path: Path) -> "DataRecord":
        """Read what `write` wrote.

        Raises:
            DataError: missing, not JSON, or of another form.
        """
        try:
            table = json.loads(path.read_text(encoding="utf-8"))
            train, validation = tuple(table.pop("train")), tuple(table.pop("validation"))
            return cls(train=train, validation=validation, **table)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{path} is not the data record of a run ({error}); train again") from error

    def open_data(self) -> Dataset:
        """Open the data set as the training did.

        Raises:
            DataError: it is gone, or cannot be read.
            UsageError: the record names no format that there is.
        """
        data_dir = Path(self.data_dir) if self.data_dir else None
        return open_dataset(self.reference, data_dir, data_format=self.data_format)

    def open_cache(self, spec: InputSpec) -> FrameCache:
        """Open the run's frames; where the cache is gone, build it again from the same data.

        Raises:
            DataError: cache and data are both gone, or the data has changed since the training.
        """
        names = (*self.train, *self.validation)
        try:
            cache = FrameCache.open(Path(self.cache))
            if cache.digest == self.digest and cache.fitted == fitting(spec) and set(names) <= set(cache.names):
                return cache
            gone = "holds other data"
        except DataError as error:
            gone = str(error)
        log.info("the frame cache is built again: %s", gone)
        try:
            dataset = self.open_data()
        except DataError as error:
            raise DataError(
                f"the frame cache {self.cache} and the data {self.reference} are both gone ({error}); "
                "bring one of them back or train again"
            ) from error
        if dataset.digest() != self.digest:
            raise DataError(f"the data in {self.reference} has changed since the training; train again")
        return FrameCache.build(dataset, names, spec, Path(self.cache).parent)
