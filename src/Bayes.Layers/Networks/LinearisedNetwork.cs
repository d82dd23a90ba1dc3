using System.Runtime.InteropServices;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Networks;

/// <summary>
/// The first-order Taylor expansion of a network in its weights around their means, f(x; μ) + J(x)(w − μ), without the Jacobian J of outputs by
/// weights (Immer, Korzepa &amp; Bauer 2021, "Improving predictions of Bayesian neural nets via local linearization", equation 7).
/// </summary>
/// <remarks>
/// torch's backward gives products Jᵀ u. These are linear in u, so the gradient of (Jᵀ u) · δ in u is J δ: one forward and one differentiable
/// backward for some rows, and one more backward for each draw δ.
/// </remarks>
/// <param name="network">The network.</param>
/// <param name="parameters">Its random parameters, whose values are the means.</param>
/// <param name="isExchanged">Returns whether the network reads a parameter through its object, so that a leaf can take its place.</param>
internal sealed class LinearisedNetwork(nn.Module network, IReadOnlyList<NetworkParameter> parameters, Func<NetworkParameter, bool> isExchanged)
{
    /// <summary>Computes the expansion for several weights.</summary>
    /// <param name="run">Runs the network, and returns its output <c>[B, …]</c>.</param>
    /// <param name="weights">The weights of each parameter, <c>[S, …shape]</c>.</param>
    /// <returns><c>[S, B, …]</c>, without gradient, in the caller's dispose scope.</returns>
    /// <exception cref="InvalidOperationException">An operation of the network has no second derivative.</exception>
    public Tensor Of(Func<Tensor> run, IReadOnlyList<Tensor> weights) => WithLeaves((leaves, means) =>
    {
        var output = run();
        long count = weights[0].shape[0];
        var lines = output.detach().unsqueeze(0).expand([count, .. output.shape]).clone();
        if (!output.requires_grad)
            return lines;
        var direction = zeros_like(output).requires_grad_();
        var slopes = autograd.grad([output], leaves, [direction], retain_graph: true, create_graph: true, allow_unused: true);
        using var noGrad = no_grad();
        for (int draw = 0; draw < count; draw++)
        {
            using var scope = NewDisposeScope();
            var used = new List<(Tensor Slope, Tensor Deviation)>();
            for (int i = 0; i < leaves.Length; i++)
                // The output may depend on a part of the weights alone.
                if (!slopes[i].IsInvalid && slopes[i].requires_grad)
                    used.Add((slopes[i], weights[i].select(0, draw).add(means[i], Scalars.MinusOne)));
            if (used.Count == 0)
                break;
            Backward([.. used.Select(each => each.Slope)], [.. used.Select(each => each.Deviation)], direction);
            if (direction.grad is { } change)
                lines[draw].add_(change, Scalars.One);
            direction.grad = null;
        }
        return lines;
    });

    /// <summary>Refuses a network without a gradient, since torch ends the process if a gradient fails at a place where it is not expected.</summary>
    /// <param name="run">Runs the network on a row.</param>
    /// <exception cref="InvalidOperationException">An operation of the network has no derivative.</exception>
    public void RequireGradient(Func<Tensor> run) => WithLeaves((leaves, _) =>
    {
        var output = run();
        if (!output.requires_grad)
            return output;
        Tensor?[] before = Array.ConvertAll(leaves, leaf => leaf.grad);
        try
        {
            foreach (var leaf in leaves)
                leaf.grad = null;
            Backward([output], [zeros_like(output)], leaves);
        }
        finally
        {
            foreach (var (leaf, grad) in leaves.Zip(before))
                leaf.grad = grad;
        }
        return output;
    }).Dispose();

    private void Backward(Tensor[] values, Tensor[] directions, params Tensor[] inputs)
    {
        try
        {
            autograd.backward(values, directions, retain_graph: true, create_graph: false, inputs);
        }
        catch (ExternalException exception)
        {
            throw new InvalidOperationException(
                $"The {network.GetType().Name} cannot be linearised, since torch has no derivative of its derivative: "
                + $"{exception.Message.Split('\n')[0].TrimEnd()}; expected operations that can be differentiated twice.", exception);
        }
    }

    // Only the random parameters keep what a gradient needs. The leaves share the memory of the means.
    private Tensor WithLeaves(Func<Tensor[], Tensor[], Tensor> compute)
    {
        using var scope = NewDisposeScope();
        NetworkParameter[] exchanged = [.. parameters.Where(isExchanged)];
        Tensor[] means = [.. parameters.Select(each => each.Value.detach())];
        Tensor[] leaves = [.. parameters.Zip(means, (each, mean) => isExchanged(each) ? mean.alias().detach().requires_grad_() : each.Value)];
        Tensor[] put = [.. parameters.Zip(leaves).Where(each => isExchanged(each.First)).Select(each => each.Second)];
        using var gradients = enable_grad();
        using var learns = new LearningParameters(network, [.. parameters.Where(each => !isExchanged(each)).Select(each => each.Value)]);
        // In single precision, the native code of an LSTM can be differentiated once alone.
        Action[] restore = [.. network.modules().Prepend(network).OfType<LSTM>().Distinct().Select(lstm => UnrolledRecurrent.Of(lstm).Replace())];
        try
        {
            using var substitution = WeightSubstitution.Put(exchanged, put, _ => true);
            return compute(leaves, means).MoveToOuterDisposeScope();
        }
        finally
        {
            foreach (var each in restore)
                each();
        }
    }

    /// <summary>Parameters that alone require a gradient, until disposed.</summary>
    private sealed class LearningParameters : IDisposable
    {
        private readonly Parameter[] _changed;

        public LearningParameters(nn.Module network, IEnumerable<Parameter> learning)
        {
            var wanted = new HashSet<Parameter>(learning, ReferenceEqualityComparer.Instance);
            _changed = [.. network.parameters().Concat(wanted).Distinct(ReferenceEqualityComparer.Instance).Cast<Parameter>()
                .Where(each => each.requires_grad != wanted.Contains(each))];
            Switch();
        }

        public void Dispose() => Switch();

        private void Switch()
        {
            foreach (var parameter in _changed)
                parameter.requires_grad = !parameter.requires_grad;
        }
    }
}
