"""The settings of a calibration that can be promised on new text: Learn then Test, exact binomial tails.

Angelopoulos, Bates, Candès, Jordan and Lei 2021 (Learn then Test: fixed sequence testing); for early exits
Schuster et al. 2022 (CALM).

A loss is an answer that differs from full depth's; for accuracy, a right one that became wrong. Of n texts a
setting lost k. If its loss rate R were above the limit, so few losses would be seen with a chance of at most

    p = P(Binomial(n, limit) ≤ k),

for any n. Settings are tested one after another, from full depth on, up to the first with p > 5 %; those
before it passed. Their order does not depend on the texts. So the first setting in it with R > limit is
always the same one, and a promise is broken only if that one passes: in at most 5 % of calibrations, however
many settings there are. Hence the fastest that passed may be taken. This holds for texts of the same kind as
those of the calibration, and for one limit that was chosen before its outcome was seen.

The accuracy lost is P(right became wrong) − P(wrong became right). The second is not subtracted: any bound of
it would take its share of the 5 %, and with few texts it gains nothing. With many it would: where 4 answers
are mended for 6 that are spoiled, a limit of 2 points allows 16 of 872 answers to change, a bound of both 26.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from litebert.calibration import Calibration, SettingRow, checked_number, setting_name
from litebert.exit_rules import Rule
from litebert.exit_settings import Setting

KNOBS = ("max_changed_percent", "max_accuracy_drop")
PROMISED = "promised on new text with 95 % confidence"
_RISK = 0.05


@dataclass(frozen=True)
class Promise:
    """The fastest setting that keeps within a limit.

    Attributes:
        setting: the setting to leave by; None for full depth, where no setting can be promised.
        reason: the limit, the setting that keeps it, and why, in a line.
    """

    setting: Setting | None
    reason: str

    @property
    def line(self) -> str:
        """The reason as a sentence of its own; it speaks of a promise only where there is one."""
        return self.reason if self.setting is None else f"{PROMISED}: {self.reason}"


def keep_promise(calibration: Calibration, rule: Rule, knob: str, percent: float) -> Promise:
    """The fastest setting that keeps a limit on new text with 95 % confidence.

    Args:
        calibration: the settings with their losses.
        rule: the artifact's exit rule.
        knob: `max_changed_percent`: at most so many percent of the answers differ from full depth's; or
            `max_accuracy_drop`: at most so many points of accuracy are lost against full depth. Without
            labels every changed answer counts as lost: accuracy cannot fall by more.
        percent: the limit.

    Raises:
        InputError: the limit is no number from 0 to 100.
    """
    percent = checked_number(knob, percent, 100)
    limit = percent / 100
    rows, texts = calibration.rows, calibration.examples
    words = f"at most {percent:g} % of the answers change"
    losses, lost = [row.changed for row in rows], "changed"
    if knob == "max_accuracy_drop":
        words = f"accuracy falls by at most {percent:g} point{'s' * (percent != 1)}"
        if rows[0].spoiled is not None:
            losses, lost = [row.spoiled or 0 for row in rows], "were right and became wrong"
    failed = next((i for i in range(1, len(rows)) if p_value(losses[i], texts, limit) > _RISK), len(rows))
    best = min(range(failed), key=lambda i: rows[i].compute_share)
    if best:
        setting, share = _name(rule, rows[best]), rows[best].compute_share
        reason = f"{words}: {setting}, {share:.2f} of the compute ({losses[best]} of {texts} {lost})"
        return Promise(Setting(rule, rows[best].values), reason)
    if failed == len(rows):
        cause = "no text left earlier at any setting"
    elif not limit:
        cause = "no number of texts can promise 0"
    elif texts < texts_needed(limit):
        cause = f"this needs {texts_needed(limit)} texts without a difference, and {texts} were calibrated"
    else:
        cause = f"at {_name(rule, rows[failed])}, {losses[failed]} of {texts} {lost}, which is too many"
    return Promise(None, f"{words}: nothing promised, all layers run, as {cause}")


def p_value(losses: int, texts: int, limit: float) -> float:
    """P(Binomial(texts, limit) ≤ losses), or just 1 from the mean on, where it is above 0.5."""
    if limit >= 1:
        return 0.0  # no rate is above
    if losses >= texts * limit:
        return 1.0
    logs = (
        math.lgamma(texts + 1)
        - math.lgamma(k + 1)
        - math.lgamma(texts - k + 1)
        + k * math.log(limit)
        + (texts - k) * math.log1p(-limit)
        for k in range(losses + 1)
    )
    return math.fsum(map(math.exp, logs))


def texts_needed(limit: float) -> int:
    """The number of texts without a loss that suffices for a limit above 0: (1 − limit)^n ≤ 5 %."""
    return 1 if limit >= 1 else math.ceil(math.log(_RISK) / math.log1p(-limit))


def _name(rule: Rule, row: SettingRow) -> str:
    return f"{rule.parameters[0].name} {setting_name(row)}"
