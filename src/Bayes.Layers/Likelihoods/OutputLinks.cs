using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>The ranges of TorchSharp's modules: a likelihood that applies such a function itself must not follow them.</summary>
internal static class OutputLinks
{
    /// <summary>Determines whether a module returns probabilities.</summary>
    public static bool GivesProbabilities(nn.Module module) => module is Sigmoid or Hardsigmoid or Softmax or Softmax2d or Softmin;

    /// <summary>Determines whether a module returns logarithms of probabilities.</summary>
    public static bool GivesLogProbabilities(nn.Module module) => module is LogSigmoid or LogSoftmax;

    /// <summary>Determines whether a module returns numbers that are never below 0.</summary>
    public static bool GivesNonNegative(nn.Module module) => GivesProbabilities(module) || module is Softplus or ReLU or ReLU6;
}
