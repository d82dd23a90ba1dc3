using System.Numerics;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using Bayes.Layers.Priors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Computes in managed code, in two passes over the weights: one draws them, the other computes the chain rule and the KL divergence with its
/// gradient. For single and double precision on the CPU, where memory traffic or, in a small network, the number of operations limits a step.
/// </summary>
internal sealed class ManagedArithmetic<T>(FlatPosterior flat) : FlatArithmetic where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly TensorMemory<T> _means = flat.Mean.AsMemory<T>();
    private readonly TensorMemory<T> _logVariances = flat.LogVariance.AsMemory<T>();
    private readonly TensorMemory<T> _meanGradients = flat.MeanGradient.AsMemory<T>();
    private readonly TensorMemory<T> _logVarianceGradients = flat.LogVarianceGradient.AsMemory<T>();
    private readonly DrawBuffer<T>?[] _draws = new DrawBuffer<T>?[flat.Slices.Count];
    private readonly bool[] _isDrawn = new bool[flat.Slices.Count];
    private readonly KlBlocks<T>?[] _blocks = [.. flat.Spans.Select(span => span.Prior.BlocksOf<T>(span.Length))];

    /// <inheritdoc/>
    public override void Begin() => Array.Clear(_isDrawn);

    /// <inheritdoc/>
    public override Tensor Draw(PosteriorSlice slice, int samples, NoiseSource noise)
    {
        var draw = DrawInto(slice, samples, noise);
        draw.Begin();
        return draw.Leaf;
    }

    /// <summary>Draws the weights of a slice like <see cref="Draw"/>, for managed code.</summary>
    public DrawBuffer<T> DrawInto(PosteriorSlice slice, int samples, NoiseSource noise)
    {
        var draw = _draws[slice.Number] ??= new DrawBuffer<T>(slice, samples, flat.Mean.dtype);
        _isDrawn[slice.Number] = true;
        noise.Fill(draw.Epsilon);
        Blocks.Sum((int)slice.Length, new DrawTerm(this, slice, draw));
        return draw;
    }

    /// <inheritdoc/>
    public override Tensor End(double klWeight)
    {
        using var scope = NewDisposeScope();
        foreach (var draw in Drawn)
            draw.UseGradientOfLeaf();
        return Scalar(EndDirectly(klWeight)).MoveToOuterDisposeScope();
    }

    /// <summary>Completes the gradients like <see cref="End"/>, from gradients of the weights that managed code has computed.</summary>
    public double EndDirectly(double klWeight)
    {
        double divergence = 0;
        BeginKl();
        foreach (var slice in flat.Slices)
            divergence += Blocks.Sum((int)slice.Length, new EndTerm(this, slice, _isDrawn[slice.Number] ? _draws[slice.Number] : null, klWeight));
        return divergence + EndKl(klWeight);
    }

    /// <inheritdoc/>
    public override Tensor AddKl(double klWeight)
    {
        double divergence = 0;
        BeginKl();
        foreach (var span in flat.Spans)
            if (_blocks[span.Number] is { } blocks)
                divergence += Blocks.Sum((int)span.Length, new KlTerm(this, span.Start, blocks, klWeight));
        return Scalar(divergence + EndKl(klWeight));
    }

    /// <inheritdoc/>
    public override double? SquareOfGradients() => SquareOf(_meanGradients) + SquareOf(_logVarianceGradients);

    /// <inheritdoc/>
    public override void Forget()
    {
        foreach (var draw in Drawn)
            draw.Begin();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var draw in _draws)
            draw?.Dispose();
    }

    private IEnumerable<DrawBuffer<T>> Drawn => _draws.Where((_, index) => _isDrawn[index]).OfType<DrawBuffer<T>>();

    private static double SquareOf(TensorMemory<T> values) => Blocks.Sum(values.Length, new SquareTerm(values));

    private Tensor Scalar(double value)
    {
        using Scalar scalar = value;
        return full([], scalar, flat.Mean.dtype, CPU);
    }

    private void BeginKl()
    {
        foreach (var blocks in _blocks)
            blocks?.Begin();
    }

    // Adds what belongs to no weight, and the part of the priors that have no managed code.
    private double EndKl(double klWeight)
    {
        double divergence = 0;
        bool hasOthers = false;
        foreach (var blocks in _blocks)
        {
            hasOthers |= blocks is null;
            divergence += blocks?.End(klWeight) ?? 0;
        }
        if (!hasOthers)
            return divergence;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var variance = flat.LogVariance.exp();
        foreach (var span in flat.Spans)
            if (_blocks[span.Number] is null)
                divergence += span.AddKlGradient(variance, klWeight).ReadDouble();
        return divergence;
    }

    private readonly struct DrawTerm(ManagedArithmetic<T> owner, PosteriorSlice slice, DrawBuffer<T> draw) : IBlockTerm
    {
        public double Take(int start, int count)
        {
            ReadOnlySpan<T> mean = owner._means.Slice(slice.Start + start, count);
            Span<T> stddev = stackalloc T[count];
            LocationScale.Scale(owner._logVariances.Slice(slice.Start + start, count), stddev);
            for (long sample = 0; sample < draw.Samples; sample++)
            {
                long from = sample * slice.Length + start;
                Vectors.MultiplyThenAdd(stddev, draw.Noise.Slice(from, count), mean, draw.Weights.Slice(from, count));
            }
            return 0;
        }
    }

    private readonly struct EndTerm(ManagedArithmetic<T> owner, PosteriorSlice slice, DrawBuffer<T>? draw, double klWeight) : IBlockTerm
    {
        private readonly KlBlocks<T>? _blocks = owner._blocks[slice.Span.Number];

        public double Take(int start, int count)
        {
            long place = slice.Start + start;
            Span<T> meanGradient = owner._meanGradients.Slice(place, count), logVarianceGradient = owner._logVarianceGradients.Slice(place, count);
            ReadOnlySpan<T> logVariance = owner._logVariances.Slice(place, count);
            Span<T> variance = stackalloc T[count];
            LocationScale.Scale(logVariance, variance);
            // One draw, the usual case, needs one loop.
            if (draw is { Samples: 1, Gradient: { } only })
                LocationScale.Backward(only.Slice(start, count), draw.Noise.Slice(start, count), variance, meanGradient, logVarianceGradient);
            else
            {
                meanGradient.Clear();
                logVarianceGradient.Clear();
                if (draw?.Gradient is { } gradient)
                    for (long sample = 0; sample < draw.Samples; sample++)
                    {
                        long from = sample * slice.Length + start;
                        LocationScale.AddBackward<T>(gradient.Slice(from, count), draw.Noise.Slice(from, count), meanGradient, logVarianceGradient);
                    }
                LocationScale.EndBackward(logVarianceGradient, variance);
            }
            var block = new KlBlock<T>(owner._means.Slice(place, count), logVariance, variance, meanGradient, logVarianceGradient);
            return _blocks?.AddGradient((int)(place - slice.Span.Start), block, klWeight) ?? 0;
        }
    }

    private readonly struct KlTerm(ManagedArithmetic<T> owner, long first, KlBlocks<T> blocks, double klWeight) : IBlockTerm
    {
        public double Take(int start, int count)
        {
            long place = first + start;
            ReadOnlySpan<T> logVariance = owner._logVariances.Slice(place, count);
            Span<T> variance = stackalloc T[count];
            LocationScale.Scale(logVariance, variance);
            foreach (ref T each in variance)
                each *= each;
            return blocks.AddGradient(start, new KlBlock<T>(
                owner._means.Slice(place, count), logVariance, variance, owner._meanGradients.Slice(place, count),
                owner._logVarianceGradients.Slice(place, count)), klWeight);
        }
    }

    private readonly struct SquareTerm(TensorMemory<T> values) : IBlockTerm
    {
        public double Take(int start, int count) => double.CreateTruncating(Vectors.SumOfSquares<T>(values.Slice(start, count)));
    }
}
