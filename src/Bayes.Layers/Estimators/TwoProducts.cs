using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// The output of a linear layer that is a function of two products, x Mᵀ and z Vᵀ where z depends on x, and its gradient by hand: a few operations
/// in place of the many nodes of autograd. The output is a leaf, or both products are; <see cref="Backward"/> carries its gradient to the layer's
/// leaves and to x.
/// </summary>
/// <remarks>Owns its tensors, but not the layer's leaves; dispose it after backpropagation.</remarks>
internal sealed class TwoProducts : IDisposable
{
    private readonly (Tensor Weight, Tensor? Bias) _first;
    private readonly (Tensor Weight, Tensor? Bias) _second;
    private readonly Tensor? _input;
    private readonly Tensor _rows;
    private Tensor? _secondRows;
    private Tensor? _slope;
    private Tensor? _inputSlope;
    private Tensor? _output;
    private Tensor? _secondOutput;

    /// <summary>Begins a layer.</summary>
    /// <param name="input">x, <c>[1, B, in]</c>.</param>
    /// <param name="first">The leaves M and the bias of the first product, with or without an axis of one draw.</param>
    /// <param name="second">The leaves V and the bias of the second product, likewise.</param>
    public TwoProducts(Tensor input, (Tensor Weight, Tensor? Bias) first, (Tensor Weight, Tensor? Bias) second)
    {
        (_first, _second) = (first, second);
        // The caller may dispose the input before backpropagation.
        _input = input.requires_grad ? input.alias().Owned() : null;
        _rows = input.detach().squeeze(0).Owned();
    }

    /// <summary>Gets x, <c>[B, in]</c>, without gradient.</summary>
    public Tensor Rows => _rows;

    /// <summary>Computes the two products, without gradient.</summary>
    /// <param name="secondRows">z, <c>[B, in]</c>.</param>
    /// <param name="inputSlope">∂z/∂x.</param>
    public (Tensor First, Tensor Second) Multiply(Tensor secondRows, Tensor inputSlope)
    {
        (_secondRows, _inputSlope) = (secondRows.Owned(), inputSlope.Owned());
        return (Multiply(_rows, _first), Multiply(secondRows, _second));
    }

    /// <summary>Ends the forward pass.</summary>
    /// <param name="output">The output, <c>[B, out]</c>; its derivative in the first product is 1.</param>
    /// <param name="slope">Its derivative in the second product.</param>
    /// <returns>The output <c>[1, B, out]</c> for autograd; it belongs to this object.</returns>
    public Tensor End(Tensor output, Tensor slope)
    {
        _slope = slope.Owned();
        return _output = output.unsqueeze(0).requires_grad_().Owned();
    }

    /// <summary>Ends the forward pass of a layer whose two outputs are the products.</summary>
    /// <param name="first">The first product, <c>[B, out]</c>.</param>
    /// <param name="second">The second product, <c>[B, out]</c>.</param>
    /// <returns>The outputs for autograd, the first one <c>[1, B, out]</c>; they belong to this object.</returns>
    public (Tensor First, Tensor Second) EndBoth(Tensor first, Tensor second) =>
        (_output = first.unsqueeze(0).requires_grad_().Owned(), _secondOutput = second.requires_grad_().Owned());

    /// <summary>Carries the gradient on, after all that depends on the output.</summary>
    public void Backward()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        if (_output!.grad is not { } gradient)
            return;
        var ofFirst = gradient.squeeze(0);
        if ((_secondOutput is null ? ofFirst.mul(_slope!) : _secondOutput.grad) is not { } ofSecond)
            return;
        AddGradients(_first, ofFirst, _rows);
        AddGradients(_second, ofSecond, _secondRows!);
        if (_input is not null)
        {
            var ofInput = ofFirst.mm(Single(_first.Weight, 2)).addcmul_(ofSecond.mm(Single(_second.Weight, 2)), _inputSlope!, Scalars.One);
            // Another layer may have the same input, and then needs the graph again.
            _input.backward([ofInput.unsqueeze(0)], retain_graph: true);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { _input, _rows, _secondRows, _slope, _inputSlope, _output, _secondOutput })
            tensor?.Dispose();
    }

    private static void AddGradients((Tensor Weight, Tensor? Bias) leaves, Tensor gradient, Tensor rows)
    {
        Add(leaves.Weight, gradient.t().mm(rows));
        if (leaves.Bias is { } bias)
            Add(bias, gradient.sum([0L]));
    }

    // A layer that is called several times adds up.
    private static void Add(Tensor leaf, Tensor gradient)
    {
        if (leaf.ndim > gradient.ndim)
            gradient = gradient.unsqueeze(0);
        if (leaf.grad is { } known)
            known.add_(gradient, Scalars.One);
        else
            leaf.grad = gradient;
    }

    private static Tensor Multiply(Tensor rows, (Tensor Weight, Tensor? Bias) leaves) =>
        nn.functional.linear(rows, Single(leaves.Weight, 2), leaves.Bias is { } bias ? Single(bias, 1) : null);

    // Without an axis of draws.
    private static Tensor Single(Tensor leaf, long axes) => leaf.ndim > axes ? leaf.squeeze(0) : leaf;
}
