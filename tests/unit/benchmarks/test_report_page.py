"""The page about the report's JSON knows every field of it."""

from dataclasses import fields
from pathlib import Path

import pytest

from unetkit.benchmarks.accuracy import Accuracy
from unetkit.benchmarks.coldstart import ColdStart
from unetkit.benchmarks.conditions import Conditions
from unetkit.benchmarks.operators import OperatorTime
from unetkit.benchmarks.peak import Peak
from unetkit.benchmarks.ratio import Ratio
from unetkit.benchmarks.report import SCHEMA, ArtifactTimes, BenchReport, Usage, Warmup
from unetkit.benchmarks.roofline import Roofline
from unetkit.benchmarks.yardstick import YardstickTimes
from unetkit.runtime.host import HostInfo
from unetkit.runtime.latency import StageStats

PAGE = Path(__file__).parents[3] / "docs" / "bench-report.md"
TABLES = (
    *(BenchReport, ArtifactTimes, HostInfo, StageStats, Warmup, Usage, ColdStart, Roofline, OperatorTime, Accuracy),
    *(Ratio, YardstickTimes, Conditions, Peak),
)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_every_field_is_on_the_page(table: type) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [item.name for item in fields(table) if f"`{item.name}`" not in text] == []
    assert f"Schema {SCHEMA}." in text
