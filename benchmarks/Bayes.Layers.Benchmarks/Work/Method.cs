using Bayes.Layers.Benchmarks.HandWritten;
using Bayes.Layers.Estimators;
using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Work;

/// <summary>An estimator, and the same by hand.</summary>
/// <param name="Key">The method's name in the PyTorch script.</param>
/// <param name="Title">Its name in a table.</param>
/// <param name="Estimator">The library's estimator.</param>
/// <param name="ByHand">What a layer written by hand does in one pass.</param>
internal sealed record Method(string Key, string Title, SamplingEstimator Estimator, Func<HandWrittenLayer, Tensor, Tensor> ByHand)
{
    /// <summary>The methods with one draw.</summary>
    public static IReadOnlyList<Method> OneDraw { get; } = [Weights(1), Local(1), Flipout(1)];

    /// <summary>Whether both take the same noise from torch in the same order.</summary>
    public bool HasSameNoise => Key == "weights" && Estimator.Samples == 1;

    /// <summary>Drawn weights.</summary>
    public static Method Weights(int draws) => new("weights", Draws(draws), new Reparameterization(draws), (layer, input) => layer.Forward(input));

    /// <summary>Drawn weights, in pairs of opposite noise. By hand each draw has noise of its own.</summary>
    public static Method Pair { get; } = Weights(2) with { Title = "an antithetic pair", Estimator = new Reparameterization(2, antithetic: true) };

    /// <summary>Local reparameterization; of convolutions with noise of its own for every place, as it is usually written by hand.</summary>
    public static Method Local(int draws) => new(
        "local", $"local reparameterization, {Draws(draws)}", new LocalReparameterization(draws, isIndependentByPlace: true),
        (layer, input) => layer.ForwardLocal(input));

    /// <summary>Flipout.</summary>
    public static Method Flipout(int draws) =>
        new("flipout", $"Flipout, {Draws(draws)}", new Flipout(draws), (layer, input) => layer.ForwardFlipout(input));

    private static string Draws(int draws) => draws == 1 ? "1 draw" : $"{draws} draws";
}
