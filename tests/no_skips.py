"""A pytest plugin that turns every skip into a failure: ``pytest -p tests.no_skips``.

Where everything is installed, a test that did not run has proved nothing. An expected failure (xfail) stays one.
"""

import pytest


def _fail_when_skipped(report):
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped here. {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    return _fail_when_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    return _fail_when_skipped((yield))
