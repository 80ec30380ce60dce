"""
Many steps of :class:`saccade.policies.attention.top_down_attention.TopDownLstm` at once, with their derivative by hand.

Autograd makes the derivative of the weights at each step and adds them up: for few sequences this is most of a backward pass,
since it writes as many numbers as there are weights, again and again. Here the way back through time only carries what a step
hands to the one before it. The derivatives of the weights follow at the end, in one product over all steps.

The formulas of a step stand in ``TopDownLstm.step``, too, for autograd and for an agent at play: one step has no use for weights
that are laid side by side. A test compares both.
"""

import math
from typing import Any, NamedTuple

import torch as th
from torch.nn.functional import linear


class Unrolled(NamedTuple):
    """
    T steps.

    :ivar outputs: (T, B, hidden_size)
    :ivar seen: the weights of the places, (T, B, K, h * w)
    :ivar hidden: after the last step, (layers, B, hidden_size)
    :ivar cell: likewise
    """

    outputs: th.Tensor
    seen: th.Tensor
    hidden: th.Tensor
    cell: th.Tensor


class UnrolledAttention(th.autograd.Function):
    """
    ``apply(kept, keys, values, hidden, cell, *parameters)`` gives the four tensors of an :class:`Unrolled`. It can be
    differentiated once, by ``backward`` or ``autograd.grad``; ``torch.func`` and batched gradients have no rule for it.

    ``kept``, (T, 1, B, 1), is 0 where the states are forgotten before a step and else 1; ``keys`` and ``values`` are
    (T, B, h * w, length); the parameters are weight and bias of the layer that asks, then those of each layer of the LSTM in the
    order of torch.
    """

    @staticmethod
    def forward(
        ctx: Any,
        kept: th.Tensor,
        keys: th.Tensor,
        values: th.Tensor,
        hidden: th.Tensor,
        cell: th.Tensor,
        ask: th.Tensor,
        ask_bias: th.Tensor,
        *lstm: th.Tensor,
    ) -> tuple[th.Tensor, th.Tensor, th.Tensor, th.Tensor]:
        """The steps, one after another, with what the way back needs of each."""
        (steps, batch, places, length), queries = keys.shape, len(ask) // keys.shape[3]
        scaled = keys / math.sqrt(length)
        layers = [_Layer(steps, batch, *lstm[first : first + 4]) for first in range(0, len(lstm), 4)]
        seen, asked = keys.new_empty(steps, batch, queries, places), keys.new_empty(steps, batch, queries, length)
        before, outputs = (hidden.new_empty(steps, *hidden.shape[1:]) for _ in range(2))
        for t in range(steps):
            hidden, cell = kept[t] * hidden, kept[t] * cell
            before[t] = hidden[-1]
            asked[t] = linear(hidden[-1], ask, ask_bias).view_as(asked[t])
            th.softmax(asked[t] @ scaled[t].transpose(1, 2), dim=2, out=seen[t])
            below = th.cat([seen[t] @ values[t], asked[t]], dim=2).flatten(1)
            for each, layer in enumerate(layers):
                below, cell[each] = layer.step(t, below, hidden[each], cell[each])
                hidden[each] = below
            outputs[t] = below
        kept_of_layers = [
            each for layer in layers for each in (layer.weights, layer.inputs, layer.gates, layer.cells, layer.squashed)
        ]
        ctx.save_for_backward(kept, scaled, values, seen, asked, before, ask, *kept_of_layers)
        return outputs, seen, hidden, cell

    @staticmethod
    def backward(
        ctx: Any, to_outputs: th.Tensor, to_seen: th.Tensor, to_hidden: th.Tensor, to_cell: th.Tensor
    ) -> tuple[th.Tensor | None, ...]:
        """Back through time. A name that begins with ``to_`` is the derivative of the loss with respect to the thing named."""
        if th.is_grad_enabled():  # once_differentiable would give zeros in silence where only the parameters have a graph
            raise RuntimeError("the steps of a TopDownLstm can be differentiated once: create_graph must be False")
        kept, scaled, values, seen, asked, before, ask, *rest = ctx.saved_tensors
        layers = [_LayerBack(*rest[first : first + 5]) for first in range(0, len(rest), 5)]
        length, (batch, queries) = values.shape[3], seen.shape[1:3]
        to_scores, to_asked = th.empty_like(seen), th.empty_like(asked)
        to_answers = values.new_empty(len(seen), batch, queries, length)
        hidden, cell = to_hidden.clone(), to_cell.clone()
        for t in range(len(seen) - 1, -1, -1):
            below = to_outputs[t]
            for each in range(len(layers) - 1, -1, -1):
                below, hidden[each], cell[each] = layers[each].step(t, hidden[each] + below, cell[each])
            of_each = below.view(batch, queries, length + asked.shape[3])
            to_answers[t] = of_each[:, :, :length]
            to_weights = to_seen[t] + to_answers[t] @ values[t].transpose(1, 2)
            to_scores[t] = seen[t] * (to_weights - (seen[t] * to_weights).sum(2, keepdim=True))
            to_asked[t] = th.baddbmm(of_each[:, :, length:], to_scores[t], scaled[t])
            hidden[-1] += to_asked[t].flatten(1) @ ask
            hidden, cell = kept[t] * hidden, kept[t] * cell
        flat = to_asked.flatten(2).flatten(0, 1)
        to_ask = flat.T @ before.flatten(0, 1), flat.sum(0)
        to_keys = to_scores.transpose(2, 3) @ asked / math.sqrt(asked.shape[3])
        to_values = seen.transpose(2, 3) @ to_answers
        return None, to_keys, to_values, hidden, cell, *to_ask, *(each for layer in layers for each in layer.to_parameters())


class _Layer:
    """
    A layer of the LSTM over T steps, and what the way back needs of each. The gates are in the order of torch: in, forget, new and
    out.

    :param steps: T
    :param batch: B
    :param of_input: weights (4 * hidden_size, size) of the inputs
    :param of_hidden: weights (4 * hidden_size, hidden_size) of the hidden state
    :param bias: of the inputs
    :param hidden_bias: of the hidden state
    """

    def __init__(
        self, steps: int, batch: int, of_input: th.Tensor, of_hidden: th.Tensor, bias: th.Tensor, hidden_bias: th.Tensor
    ) -> None:
        self.weights, self.bias = th.cat([of_input, of_hidden], dim=1), bias + hidden_bias  # one product in place of two
        size, hidden = of_input.shape[1], of_hidden.shape[1]
        self.inputs = of_input.new_empty(steps, batch, size + hidden)
        self.gates = of_input.new_empty(steps, batch, 4, hidden)  # each behind its nonlinearity
        self.cells, self.squashed = (of_input.new_empty(steps, batch, hidden) for _ in range(2))  # before, and tanh of after

    def step(self, t: int, inputs: th.Tensor, hidden: th.Tensor, cell: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        """The hidden state and the cell after step t."""
        self.cells[t] = cell
        th.cat([inputs, hidden], dim=1, out=self.inputs[t])
        drive = linear(self.inputs[t], self.weights, self.bias).view_as(self.gates[t])
        th.sigmoid(drive, out=self.gates[t])
        self.gates[t, :, 2] = drive[:, 2].tanh()
        enter, forget, new, out = self.gates[t].unbind(1)
        cell = forget * cell + enter * new
        th.tanh(cell, out=self.squashed[t])
        return out * self.squashed[t], cell


class _LayerBack:
    """
    The way back through a layer.

    :param weights: as those of :class:`_Layer`, as is the rest
    :param inputs: inputs beside hidden states
    :param gates: behind their nonlinearities
    :param cells: before each step
    :param squashed: tanh of the cells after each step
    """

    def __init__(self, weights: th.Tensor, inputs: th.Tensor, gates: th.Tensor, cells: th.Tensor, squashed: th.Tensor) -> None:
        self.weights, self.inputs, self.size = weights, inputs, inputs.shape[2] - cells.shape[2]
        enter, self.forget, new, out = gates.unbind(2)
        slope = gates * (1 - gates)
        # Of the cell with respect to each gate before its nonlinearity, and of the hidden state with respect to the last one.
        of_gates = [new * slope[:, :, 0], cells * slope[:, :, 1], enter * (1 - new**2), squashed * slope[:, :, 3]]
        self.of_gates, self.of_cell = th.stack(of_gates, dim=2), out * (1 - squashed**2)
        self.to_gates = th.empty_like(self.of_gates)

    def step(self, t: int, to_hidden: th.Tensor, to_cell: th.Tensor) -> tuple[th.Tensor, th.Tensor, th.Tensor]:
        """From the states after step t to the inputs of that step and the states before it."""
        to_cell = to_cell + to_hidden * self.of_cell[t]
        th.mul(th.stack([to_cell, to_cell, to_cell, to_hidden], dim=1), self.of_gates[t], out=self.to_gates[t])
        to_both = self.to_gates[t].flatten(1) @ self.weights
        return to_both[:, : self.size], to_both[:, self.size :], to_cell * self.forget[t]

    def to_parameters(self) -> tuple[th.Tensor, th.Tensor, th.Tensor, th.Tensor]:
        """When each step was gone through: to the weights of inputs and of hidden states, and to the bias of each."""
        gates = self.to_gates.flatten(2).flatten(0, 1)
        both, bias = gates.T @ self.inputs.flatten(0, 1), gates.sum(0)
        return both[:, : self.size].contiguous(), both[:, self.size :].contiguous(), bias, bias.clone()  # none shares memory
