"""A checkpoint in the form that torch.export takes: ids, a mask and types in, logits out."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification


class Exportable(torch.nn.Module):
    """A classifier of transformers that answers logits and makes its own attention mask.

    The mask is made here because that of transformers compares positions. ExecuTorch's quantizer turns these
    integers into floats, which then index and fail.

    Args:
        checkpoint: a Hugging Face folder.
    """

    def __init__(self, checkpoint: Path) -> None:
        super().__init__()
        # Eager attention: the decomposition of the fused one guards against rows that are masked everywhere,
        # which costs ExecuTorch 18 % and LiteRT nothing.
        self.model = AutoModelForSequenceClassification.from_pretrained(
            checkpoint, dtype=torch.float32, attn_implementation="eager"
        ).eval()
        # Each token of MobileBERT sees its neighbours' rows: with zeros, padding is like the end of the text.
        # No text holds this token.
        with torch.no_grad():
            self.model.get_input_embeddings().weight[0] = 0

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        """Logits [rows, labels] from integers [rows, tokens]; the mask is 1 on tokens and 0 on padding."""
        mask = (1.0 - attention_mask[:, None, None, :].to(torch.float32)) * -1e4
        answer = self.model(input_ids=input_ids, attention_mask=mask, token_type_ids=token_type_ids)
        return answer.logits
