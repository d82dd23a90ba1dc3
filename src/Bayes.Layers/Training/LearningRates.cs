using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>The learning rates of an optimizer's groups of parameters, which fall together.</summary>
internal sealed class LearningRates(optim.Optimizer optimizer)
{
    private double[]? _full;

    /// <summary>Gets the learning rate of the first group.</summary>
    public double First => optimizer.ParamGroups.First().LearningRate;

    /// <summary>Sets all learning rates to a share of what they were when this was set first.</summary>
    public double Share
    {
        set
        {
            _full ??= [.. optimizer.ParamGroups.Select(group => group.LearningRate)];
            foreach (var (group, rate) in optimizer.ParamGroups.Zip(_full))
                group.LearningRate = value * rate;
        }
    }
}
