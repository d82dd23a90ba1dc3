using System.Numerics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Dropout that stays random in evaluation, so that a network of plain layers becomes an approximately Bayesian one (Gal &amp; Ghahramani 2016,
/// "Dropout as a Bayesian Approximation: Representing Model Uncertainty in Deep Learning"): each unit is 0 with probability p, and otherwise divided
/// by 1 − p. <c>[B, …]</c> → <c>[B, …]</c>.
/// </summary>
/// <remarks>
/// The estimator decides what is dropped, as for any Bayesian module. An estimator that draws functions (<see cref="Reparameterization"/>,
/// <see cref="PosteriorDraws"/>) drops the same units of all rows in a draw: a thinned network, which in a <see cref="MonteCarloPredictive"/> has a
/// name, and is the same for all inputs. An estimator with noise for each row (<see cref="LocalReparameterization"/>, <see cref="Flipout"/>) drops
/// different units of each row, as <c>nn.Dropout</c> does. Its gradients have lower variance, so for training set
/// <see cref="BayesianModule.TrainingEstimator"/>. The posterior's mean drops nothing.
/// <para>The KL divergence is 0: plain layers have no posterior to compare with a prior, and the optimizer's weight decay acts as the prior. A
/// module that is used twice in a pass drops the same units twice: use a separate module at every place in a network.</para>
/// </remarks>
public sealed class MonteCarloDropout : BayesianModule
{
    private readonly double _threshold;
    private readonly Scalar _scale;

    /// <summary>Creates dropout with probability <paramref name="probability"/>.</summary>
    /// <param name="probability">The probability p that a unit is dropped; at least 0 and below 1. At 0 nothing is dropped.</param>
    /// <param name="channelAxis">
    /// The axis of the channels in <c>[B, …]</c> if whole channels are dropped: 1 for images, −1 for the features of a sequence, which then are the
    /// same at every step (Gal &amp; Ghahramani 2016, "A Theoretically Grounded Application of Dropout in Recurrent Neural Networks"). If null, each
    /// element of a row is a unit. It cannot be 0, the batch.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public MonteCarloDropout(double probability = 0.5, int? channelAxis = null) : base(nameof(MonteCarloDropout))
    {
        if (!(probability >= 0 && probability < 1))
            throw new ArgumentOutOfRangeException(
                nameof(probability), probability, $"probability is {probability}; expected a number of at least 0 and below 1.");
        if (channelAxis == 0)
            throw new ArgumentOutOfRangeException(nameof(channelAxis), channelAxis, "channelAxis is 0, the axis of the batch; expected another.");
        Probability = probability;
        ChannelAxis = channelAxis;
        _threshold = StandardNormal.Quantile(probability);
        _scale = 1 / (1 - probability);
    }

    /// <summary>Gets the probability p that a unit is dropped.</summary>
    public double Probability { get; }

    /// <summary>Gets the axis of the channels in <c>[B, …]</c> if whole channels are dropped, or null if each element of a row is a unit.</summary>
    public int? ChannelAxis { get; }

    /// <inheritdoc/>
    public override Tensor Propagate(Tensor input, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        Require.FloatingPoint(input.dtype, "the input's type");
        BilinearMap.CheckDraws(input, pass.Samples);
        long[] shape = MaskShape(input.shape, pass.Estimator.RowsShareFunctions);
        if (Probability == 0)
            return input.alias();
        using var scope = NewDisposeScope();
        // At least single precision: rounding to half precision would change the probability.
        if (pass.StandardNormal(this, shape, input.dtype.AtLeastSingle(), input.device) is not { } noise)
            return input.alias().MoveToOuterDisposeScope();
        using Scalar threshold = _threshold;
        return input.mul(noise.ge(threshold).to(input.dtype).mul_(_scale)).MoveToOuterDisposeScope();
    }

    /// <summary>Computes the moments of each unit alone: those that share a mask are treated as independent.</summary>
    /// <inheritdoc/>
    protected internal override Moments PropagateMoments(Moments input, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        Require.FloatingPoint(input.Mean.dtype, "the input's type");
        MaskShape(input.Mean.shape, rowsShareFunctions: false);
        return DropoutMoments.Of(input, Probability);
    }

    /// <summary>Gets whether each feature of a row <c>[B, features]</c> is a unit.</summary>
    internal bool DropsFeatures => ChannelAxis is null or 1 or -1;

    /// <summary>Turns N(0, 1) noise into the factors of units: 0 for those that are dropped.</summary>
    internal void Mask<T>(ReadOnlySpan<T> noise, Span<T> factors) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T threshold = T.CreateTruncating(_threshold), kept = T.CreateTruncating(1 / (1 - Probability));
        for (int i = 0; i < noise.Length; i++)
            factors[i] = noise[i] >= threshold ? kept : T.Zero;
    }

    /// <inheritdoc/>
    internal override Tensor PropagateInAnyLayout(Tensor input, Pass pass) => Propagate(input, pass);

    /// <inheritdoc/>
    protected internal override string Describe() =>
        FormattableString.Invariant($"p={Probability}") + (ChannelAxis is { } axis ? $", channel_axis={axis}" : "");

    /// <summary>Returns the shape of one draw's mask, <c>[1|B, …]</c>, for an input <c>[1|S, B, …]</c>.</summary>
    private long[] MaskShape(long[] input, bool rowsShareFunctions)
    {
        long[] shape = input[1..];
        if (ChannelAxis is { } axis)
        {
            int channels = axis < 0 ? shape.Length + axis : axis;
            if (channels < 1 || channels >= shape.Length)
                throw new ArgumentException(
                    $"The input has shape {Shapes.Describe(shape)}; expected an axis {axis} of channels in addition to the batch.", nameof(input));
            for (int other = 1; other < shape.Length; other++)
                if (other != channels)
                    shape[other] = 1;
        }
        if (rowsShareFunctions)
            shape[0] = 1;
        return shape;
    }
}
