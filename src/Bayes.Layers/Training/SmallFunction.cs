using System.Numerics;
using Bayes.Layers.Kernels;
using Bayes.Layers.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>A function of every element.</summary>
internal sealed class SmallFunction<T>(nn.Module<Tensor, Tensor> module, SlopeLoop function, int width) : SmallStep<T>(width)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override bool IsPossible => ModuleHooks.HasNone(module);

    /// <inheritdoc/>
    public override void Backward(int sample, ReadOnlySpan<T> input, ReadOnlySpan<T> outputGradient, Span<T> inputGradient)
    {
        outputGradient.CopyTo(inputGradient);
        function.MultiplySlope(input, Output(outputGradient.Length / Width), inputGradient);
    }

    /// <inheritdoc/>
    protected override void Forward(int sample, ReadOnlySpan<T> input, Span<T> output) => function.Apply(input, output);
}
