using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Prediction;

/// <summary>A step of a <see cref="DenseNetwork"/>: a layer, or a function of every element.</summary>
internal abstract record DenseStep
{
    private DenseStep()
    {
    }

    /// <summary>A function of every element.</summary>
    /// <param name="Function">The function.</param>
    public sealed record Elementwise(ElementFunction Function) : DenseStep;

    /// <summary>x Wᵀ + b.</summary>
    /// <param name="InputSize">Features in.</param>
    /// <param name="OutputSize">Features out.</param>
    /// <param name="Weight">W, <c>[out, in]</c>.</param>
    /// <param name="Bias">b, <c>[out]</c>, or none.</param>
    public sealed record Layer(int InputSize, int OutputSize, Source Weight, Source? Bias) : DenseStep
    {
        /// <summary>Whether each draw has weights of its own.</summary>
        public bool IsDrawn => Weight.Posterior is not null;

        /// <summary>How many numbers the weight of one draw has.</summary>
        public int WeightLength => OutputSize * InputSize;

        /// <summary>How many numbers weight and bias of one draw have.</summary>
        public int Length => WeightLength + (Bias is null ? 0 : OutputSize);
    }

    /// <summary>Where weights come from.</summary>
    /// <param name="Posterior">The posterior that they are drawn from; none where they are given.</param>
    /// <param name="Given">The given ones, a module's own; none where they are drawn.</param>
    public sealed record Source(MeanFieldNormal? Posterior, Tensor? Given)
    {
        /// <summary>Whether managed code can read them.</summary>
        public bool IsPlain => (Posterior?.Mean ?? Given!).IsPlain();

        /// <summary>Those of one draw after the other, or the given ones.</summary>
        public Tensor Of(PosteriorDraws draws) => Posterior is null ? Given! : draws.Weights(Posterior);
    }
}
