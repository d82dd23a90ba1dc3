using System.Numerics;
using Bayes.Layers.Numerics;
using Bayes.Layers.Prediction;
using Bayes.Layers.Priors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// In managed code, in two passes over the weights: one that draws them, and one for the chain rule and the KL divergence with its gradient. For single and
/// double precision on the CPU, where memory, or in a small network the number of operations, is what a step costs.
/// </summary>
internal sealed class NumberArithmetic<T> : FlatArithmetic where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly FlatPosterior _flat;
    private readonly Numbers<T> _means;
    private readonly Numbers<T> _logVariances;
    private readonly Numbers<T> _meanGradients;
    private readonly Numbers<T> _logVarianceGradients;
    private readonly NumberDraw<T>?[] _draws;
    private readonly bool[] _isDrawn;
    private readonly bool _hasOnlyKnownPriors;

    public NumberArithmetic(FlatPosterior flat)
    {
        _flat = flat;
        (_means, _logVariances) = (new Numbers<T>(flat.Mean), new Numbers<T>(flat.LogVariance));
        (_meanGradients, _logVarianceGradients) = (new Numbers<T>(flat.MeanGradient), new Numbers<T>(flat.LogVarianceGradient));
        _draws = new NumberDraw<T>?[flat.Slices.Count];
        _isDrawn = new bool[_draws.Length];
        _hasOnlyKnownPriors = flat.Spans.All(span => span.Prior is IKlOfNumbers);
    }

    /// <inheritdoc/>
    public override void Begin() => Array.Clear(_isDrawn);

    /// <inheritdoc/>
    public override Tensor Draw(PosteriorSlice slice, int samples, NoiseSource noise)
    {
        var draw = DrawNumbers(slice, samples, noise);
        draw.Begin();
        return draw.Leaf;
    }

    /// <summary>The same, for use in managed code.</summary>
    public NumberDraw<T> DrawNumbers(PosteriorSlice slice, int samples, NoiseSource noise)
    {
        var draw = _draws[slice.Number] ??= new NumberDraw<T>(slice, samples, _flat.Mean.dtype);
        _isDrawn[slice.Number] = true;
        noise.Fill(draw.Epsilon);
        Blocks.Sum((int)slice.Length, new DrawTerm(_means, _logVariances, (int)slice.Start, (int)slice.Length, draw));
        return draw;
    }

    /// <inheritdoc/>
    public override Tensor End(double klWeight)
    {
        using var scope = NewDisposeScope();
        foreach (var draw in Drawn)
            draw.TakeGradientOfLeaf();
        return Scalar(EndNumbers(klWeight)).MoveToOuterDisposeScope();
    }

    /// <summary>The same, where the gradients in the weights are known.</summary>
    public double EndNumbers(double klWeight)
    {
        double divergence = 0;
        foreach (var slice in _flat.Slices)
            divergence += Blocks.Sum(
                (int)slice.Length,
                new EndTerm(
                    _means, _logVariances, _meanGradients, _logVarianceGradients, (int)slice.Start, (int)slice.Length,
                    _isDrawn[slice.Number] ? _draws[slice.Number] : null, slice.Prior as IKlOfNumbers, klWeight));
        return divergence + AddKlOfOthers(klWeight);
    }

    /// <inheritdoc/>
    public override Tensor AddKl(double klWeight)
    {
        double divergence = 0;
        foreach (var span in _flat.Spans)
            if (span.Prior is IKlOfNumbers prior)
                divergence += Blocks.Sum((int)span.Length, new KlTerm(_means, _logVariances, _meanGradients, _logVarianceGradients, (int)span.Start, prior, klWeight));
        return Scalar(divergence + AddKlOfOthers(klWeight));
    }

    /// <inheritdoc/>
    public override double? SquareOfGradients() =>
        Blocks.Sum(_meanGradients.Length, new SquareTerm(_meanGradients)) + Blocks.Sum(_logVarianceGradients.Length, new SquareTerm(_logVarianceGradients));

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

    private IEnumerable<NumberDraw<T>> Drawn => _draws.Where((_, index) => _isDrawn[index]).OfType<NumberDraw<T>>();

    private Tensor Scalar(double value)
    {
        using Scalar scalar = value;
        return full([], scalar, _flat.Mean.dtype, CPU);
    }

    // Priors that managed code cannot add up.
    private double AddKlOfOthers(double klWeight)
    {
        if (_hasOnlyKnownPriors)
            return 0;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var variance = _flat.LogVariance.exp();
        double divergence = 0;
        foreach (var span in _flat.Spans)
            if (span.Prior is not IKlOfNumbers)
                divergence += span.AddKlGradient(variance, klWeight).ReadDouble();
        return divergence;
    }

    // sigma = exp(log_var / 2).
    private static void Stddev(ReadOnlySpan<T> logVariance, Span<T> stddev) => Vectors.Exp(logVariance, T.CreateTruncating(0.5), stddev);

    private readonly struct DrawTerm(Numbers<T> means, Numbers<T> logVariances, int first, int length, NumberDraw<T> draw) : IBlockTerm
    {
        public double Take(int start, int count)
        {
            ReadOnlySpan<T> mean = means.Slice(first + start, count);
            Span<T> stddev = stackalloc T[count];
            Stddev(logVariances.Slice(first + start, count), stddev);
            for (int sample = 0; sample < draw.Samples; sample++)
            {
                int from = sample * length + start;
                MultiplyAdd(stddev, draw.Noise.Slice(from, count), mean, draw.Weights.Slice(from, count));
            }
            return 0;
        }

        private static void MultiplyAdd(ReadOnlySpan<T> stddev, ReadOnlySpan<T> noise, ReadOnlySpan<T> mean, Span<T> weight)
        {
            ReadOnlySpan<Vector<T>> stddevs = Vectors.Of(stddev), noises = Vectors.Of(noise), means = Vectors.Of(mean);
            var weights = Vectors.Of(weight);
            for (int i = 0; i < weights.Length; i++)
                weights[i] = means[i] + stddevs[i] * noises[i];
            for (int i = weights.Length * Vector<T>.Count; i < weight.Length; i++)
                weight[i] = mean[i] + stddev[i] * noise[i];
        }
    }

    private readonly struct EndTerm(
        Numbers<T> means, Numbers<T> logVariances, Numbers<T> meanGradients, Numbers<T> logVarianceGradients, int first, int length,
        NumberDraw<T>? draw, IKlOfNumbers? prior, double klWeight) : IBlockTerm
    {
        public double Take(int start, int count)
        {
            Span<T> meanGradient = meanGradients.Slice(first + start, count), logVarianceGradient = logVarianceGradients.Slice(first + start, count);
            ReadOnlySpan<T> logVariance = logVariances.Slice(first + start, count);
            Span<T> variance = stackalloc T[count];
            Stddev(logVariance, variance);
            if (draw is { Samples: 1, Gradient: { } only })
                CollectOnly(only.Slice(start, count), draw.Noise.Slice(start, count), variance, meanGradient, logVarianceGradient);
            else
            {
                meanGradient.Clear();
                logVarianceGradient.Clear();
                if (draw?.Gradient is { } gradient)
                    for (int sample = 0; sample < draw.Samples; sample++)
                    {
                        int from = sample * length + start;
                        Collect(gradient.Slice(from, count), draw.Noise.Slice(from, count), meanGradient, logVarianceGradient);
                    }
                Scale(logVarianceGradient, variance);
            }
            return prior?.AddGradient(means.Slice(first + start, count), logVariance, variance, meanGradient, logVarianceGradient, klWeight) ?? 0;
        }

        // One draw, the usual case: in one loop. Sigma becomes sigma².
        private static void CollectOnly(ReadOnlySpan<T> gradient, ReadOnlySpan<T> noise, Span<T> stddev, Span<T> meanGradient, Span<T> logVarianceGradient)
        {
            T half = T.CreateTruncating(0.5);
            ReadOnlySpan<Vector<T>> gradients = Vectors.Of(gradient), noises = Vectors.Of(noise);
            Span<Vector<T>> stddevs = Vectors.Of(stddev), meanGradients = Vectors.Of(meanGradient), logVarianceGradients = Vectors.Of(logVarianceGradient);
            for (int i = 0; i < gradients.Length; i++)
            {
                Vector<T> slope = gradients[i], sigma = stddevs[i];
                meanGradients[i] = slope;
                logVarianceGradients[i] = slope * noises[i] * (sigma * half);
                stddevs[i] = sigma * sigma;
            }
            for (int i = gradients.Length * Vector<T>.Count; i < gradient.Length; i++)
            {
                T slope = gradient[i], sigma = stddev[i];
                meanGradient[i] = slope;
                logVarianceGradient[i] = slope * noise[i] * (sigma * half);
                stddev[i] = sigma * sigma;
            }
        }

        // What comes through mu, and the sum of what comes through sigma · eps, over sigma.
        private static void Collect(ReadOnlySpan<T> gradient, ReadOnlySpan<T> noise, Span<T> meanGradient, Span<T> deviationGradient)
        {
            ReadOnlySpan<Vector<T>> gradients = Vectors.Of(gradient), noises = Vectors.Of(noise);
            Span<Vector<T>> meanGradients = Vectors.Of(meanGradient), deviationGradients = Vectors.Of(deviationGradient);
            for (int i = 0; i < gradients.Length; i++)
            {
                meanGradients[i] += gradients[i];
                deviationGradients[i] += gradients[i] * noises[i];
            }
            for (int i = gradients.Length * Vector<T>.Count; i < gradient.Length; i++)
            {
                meanGradient[i] += gradient[i];
                deviationGradient[i] += gradient[i] * noise[i];
            }
        }

        // Times ½ sigma; and sigma becomes sigma².
        private static void Scale(Span<T> deviationGradient, Span<T> stddev)
        {
            T half = T.CreateTruncating(0.5);
            Span<Vector<T>> deviationGradients = Vectors.Of(deviationGradient), stddevs = Vectors.Of(stddev);
            for (int i = 0; i < stddevs.Length; i++)
            {
                var sigma = stddevs[i];
                deviationGradients[i] *= sigma * half;
                stddevs[i] = sigma * sigma;
            }
            for (int i = stddevs.Length * Vector<T>.Count; i < stddev.Length; i++)
            {
                T sigma = stddev[i];
                deviationGradient[i] *= sigma * half;
                stddev[i] = sigma * sigma;
            }
        }
    }

    private readonly struct KlTerm(
        Numbers<T> means, Numbers<T> logVariances, Numbers<T> meanGradients, Numbers<T> logVarianceGradients, int first, IKlOfNumbers prior, double klWeight) : IBlockTerm
    {
        public double Take(int start, int count)
        {
            ReadOnlySpan<T> logVariance = logVariances.Slice(first + start, count);
            Span<T> variance = stackalloc T[count];
            Stddev(logVariance, variance);
            foreach (ref T each in variance)
                each *= each;
            return prior.AddGradient(
                means.Slice(first + start, count), logVariance, variance, meanGradients.Slice(first + start, count), logVarianceGradients.Slice(first + start, count), klWeight);
        }
    }

    private readonly struct SquareTerm(Numbers<T> values) : IBlockTerm
    {
        public double Take(int start, int count)
        {
            var value = values.Slice(start, count);
            var vectors = Vectors.Of(value);
            Vector<T> sum = default;
            for (int i = 0; i < vectors.Length; i++)
                sum += vectors[i] * vectors[i];
            T rest = Vector.Sum(sum);
            for (int i = vectors.Length * Vector<T>.Count; i < value.Length; i++)
                rest += value[i] * value[i];
            return double.CreateTruncating(rest);
        }
    }
}
