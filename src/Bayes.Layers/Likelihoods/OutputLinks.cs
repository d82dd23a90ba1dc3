using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>What TorchSharp's modules make of real numbers: a likelihood that does the same itself must not follow them.</summary>
internal static class OutputLinks
{
    /// <summary>Whether the module gives probabilities.</summary>
    public static bool GivesProbabilities(nn.Module module) => module is Sigmoid or Hardsigmoid or Softmax or Softmax2d or Softmin;

    /// <summary>Whether the module gives logarithms of probabilities.</summary>
    public static bool GivesLogProbabilities(nn.Module module) => module is LogSigmoid or LogSoftmax;

    /// <summary>Whether the module gives numbers that are never below 0.</summary>
    public static bool GivesNonNegative(nn.Module module) => GivesProbabilities(module) || module is Softplus or ReLU or ReLU6;
}
