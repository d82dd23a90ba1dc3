namespace Bayes.Layers.Sampling;

/// <summary>The step sizes of cycles, which fall along a cosine (Zhang et al. 2020, "Cyclical Stochastic Gradient MCMC", equation 1).</summary>
/// <param name="options">The options.</param>
/// <param name="rows">The number of rows.</param>
internal sealed class CyclicalSchedule(StochasticGradientOptions options, long rows)
{
    private readonly long _stepsPerCycle = options.EpochsPerCycle * ((rows + options.BatchSize - 1) / options.BatchSize);

    /// <summary>Gets the number of epochs of a cycle.</summary>
    public int EpochsPerCycle => options.EpochsPerCycle;

    /// <summary>Gets the number of epochs of all cycles.</summary>
    public int Epochs => checked(options.Cycles * options.EpochsPerCycle);

    /// <summary>Gets the number of draws of all cycles before thinning.</summary>
    public int DrawCount => options.Cycles * Enumerable.Range(1, options.EpochsPerCycle)
        .Count(epoch => !IsExploring(epoch * (_stepsPerCycle / options.EpochsPerCycle) - 1));

    /// <summary>Returns the learning rate of a step.</summary>
    public double LearningRate(long step) => options.LearningRate / 2 * (Math.Cos(Math.PI * Position(step)) + 1);

    /// <summary>Determines whether a step belongs to the exploration of its cycle.</summary>
    public bool IsExploring(long step) => Position(step) < options.ExplorationShare;

    // From 0 to below 1.
    private double Position(long step) => step % _stepsPerCycle / (double)_stepsPerCycle;
}
