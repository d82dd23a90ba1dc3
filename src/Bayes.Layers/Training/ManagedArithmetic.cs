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
    private readonly SliceLeaves<T>[] _leaves = [.. flat.Slices.Select(slice => new SliceLeaves<T>(slice, flat))];
    private readonly KlBlocks<T>?[] _blocks = [.. flat.Spans.Select(span => span.Prior.BlocksOf<T>(span.Length))];

    /// <inheritdoc/>
    public override void Begin()
    {
        foreach (var leaves in _leaves)
            leaves.Begin();
    }

    /// <inheritdoc/>
    public override Tensor Draw(PosteriorSlice slice, int samples, NoiseSource noise) => DrawInto(slice, samples, noise).Leaf;

    /// <summary>Draws the weights of a slice like <see cref="Draw"/>, for managed code.</summary>
    public LeafBuffer<T> DrawInto(PosteriorSlice slice, int samples, NoiseSource noise)
    {
        var (weights, deviations) = _leaves[slice.Number].UseWeights(samples);
        noise.Fill(deviations.Numbers);
        Blocks.Sum((int)slice.Length, new DrawTerm(this, slice, samples, deviations.Memory, weights.Memory));
        return weights;
    }

    /// <inheritdoc/>
    public override Tensor Deviations(PosteriorSlice slice, int samples, NoiseSource noise)
    {
        var deviations = _leaves[slice.Number].UseDeviations(samples);
        noise.Fill(deviations.Numbers);
        Blocks.Sum((int)slice.Length, new DrawTerm(this, slice, samples, deviations.Memory, null));
        return deviations.Leaf;
    }

    /// <inheritdoc/>
    public override Tensor Mean(PosteriorSlice slice) => MeansOf(slice).Leaf;

    /// <summary>Returns the means of a slice like <see cref="Mean"/>, for managed code.</summary>
    public LeafBuffer<T> MeansOf(PosteriorSlice slice) => _leaves[slice.Number].UseMean();

    /// <inheritdoc/>
    public override Tensor Variance(PosteriorSlice slice) => VariancesInto(slice).Leaf;

    /// <summary>Computes the variances of a slice like <see cref="Variance"/>, for managed code.</summary>
    public LeafBuffer<T> VariancesInto(PosteriorSlice slice)
    {
        var variance = _leaves[slice.Number].UseVariance();
        Blocks.Sum((int)slice.Length, new VarianceTerm(this, slice, variance.Memory));
        return variance;
    }

    /// <inheritdoc/>
    public override Tensor End(double klWeight)
    {
        using var scope = NewDisposeScope();
        foreach (var leaves in _leaves)
            leaves.UseGradientsOfLeaves();
        return Scalar(EndDirectly(klWeight)).MoveToOuterDisposeScope();
    }

    /// <summary>Completes the gradients like <see cref="End"/>, from gradients of the weights that managed code has computed.</summary>
    public double EndDirectly(double klWeight)
    {
        double divergence = 0;
        BeginKl();
        foreach (var slice in flat.Slices)
            divergence += Blocks.Sum((int)slice.Length, new EndTerm(this, slice, _leaves[slice.Number], klWeight));
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
        foreach (var leaves in _leaves)
            leaves.Release();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var leaves in _leaves)
            leaves.Dispose();
    }

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

    private readonly struct DrawTerm(
        ManagedArithmetic<T> owner, PosteriorSlice slice, int samples, TensorMemory<T> deviations, TensorMemory<T>? weights) : IBlockTerm
    {
        public double Take(int start, int count)
        {
            Span<T> stddev = stackalloc T[count];
            LocationScale.Scale(owner._logVariances.Slice(slice.Start + start, count), stddev);
            for (long sample = 0; sample < samples; sample++)
            {
                long from = sample * slice.Length + start;
                Span<T> noise = deviations.Slice(from, count);
                if (weights is { } values)
                    LocationScale.Draw(owner._means.Slice(slice.Start + start, count), stddev, noise, values.Slice(from, count));
                else
                    LocationScale.ToDeviations(stddev, noise);
            }
            return 0;
        }
    }

    private readonly struct VarianceTerm(ManagedArithmetic<T> owner, PosteriorSlice slice, TensorMemory<T> variances) : IBlockTerm
    {
        public double Take(int start, int count)
        {
            Vectors.Exp(owner._logVariances.Slice(slice.Start + start, count), T.One, variances.Slice(start, count));
            return 0;
        }
    }

    private readonly struct EndTerm(ManagedArithmetic<T> owner, PosteriorSlice slice, SliceLeaves<T> leaves, double klWeight) : IBlockTerm
    {
        private readonly KlBlocks<T>? _blocks = owner._blocks[slice.Span.Number];

        public double Take(int start, int count)
        {
            long place = slice.Start + start;
            Span<T> meanGradient = owner._meanGradients.Slice(place, count), logVarianceGradient = owner._logVarianceGradients.Slice(place, count);
            AddGradients(start, meanGradient, logVarianceGradient);
            if (_blocks is null)
                return 0;
            ReadOnlySpan<T> logVariance = owner._logVariances.Slice(place, count);
            Span<T> variance = stackalloc T[count];
            Vectors.Exp(logVariance, T.One, variance);
            var block = new KlBlock<T>(owner._means.Slice(place, count), logVariance, variance, meanGradient, logVarianceGradient);
            return _blocks.AddGradient((int)(place - slice.Span.Start), block, klWeight);
        }

        private void AddGradients(int start, Span<T> meanGradient, Span<T> logVarianceGradient)
        {
            int count = meanGradient.Length;
            // One draw of the weights, the usual case, needs one loop.
            if (leaves is { Samples: 1, Scale.Gradient: { } only, Spread: { } spread } && ReferenceEquals(leaves.Location, leaves.Scale))
            {
                LocationScale.Backward(only.Slice(start, count), spread.Memory.Slice(start, count), meanGradient, logVarianceGradient);
                return;
            }
            meanGradient.Clear();
            logVarianceGradient.Clear();
            if (leaves.Location?.Gradient is { } location)
                for (long from = start; from < location.Length; from += slice.Length)
                    Vectors.AddScaled(location.Slice(from, count), T.One, meanGradient);
            if (leaves.Scale?.Gradient is { } scale)
                for (long from = start; from < scale.Length; from += slice.Length)
                    LocationScale.AddProducts(
                        scale.Slice(from, count), leaves.Spread!.Memory.Slice(from, count), T.CreateTruncating(leaves.SpreadFactor),
                        logVarianceGradient);
        }
    }

    private readonly struct KlTerm(ManagedArithmetic<T> owner, long first, KlBlocks<T> blocks, double klWeight) : IBlockTerm
    {
        public double Take(int start, int count)
        {
            long place = first + start;
            ReadOnlySpan<T> logVariance = owner._logVariances.Slice(place, count);
            Span<T> variance = stackalloc T[count];
            Vectors.Exp(logVariance, T.One, variance);
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
