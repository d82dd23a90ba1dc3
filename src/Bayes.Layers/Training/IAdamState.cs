using Bayes.Layers.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>The state that torch's Adam and AdamW keep for one parameter, and their current settings.</summary>
internal interface IAdamState
{
    /// <summary>Gets the running mean of gradients.</summary>
    Tensor Mean { get; }

    /// <summary>Gets the running mean of squared gradients.</summary>
    Tensor Square { get; }

    /// <summary>Gets or sets the number of steps made so far.</summary>
    long Steps { get; set; }

    /// <summary>Gets the settings of the optimizer.</summary>
    AdamSettings Settings { get; }
}

/// <summary>
/// The state of <see cref="AdamW"/>, which decays weights by a share of themselves (Loshchilov &amp; Hutter 2019, "Decoupled Weight Decay
/// Regularization").
/// </summary>
internal sealed class AdamWState(AdamW.State state, AdamW.Options options) : IAdamState
{
    public Tensor Mean => state.exp_avg;

    public Tensor Square => state.exp_avg_sq;

    public long Steps
    {
        get => state.step;
        set => state.step = value;
    }

    public AdamSettings Settings =>
        new(options.LearningRate!.Value, options.beta1!.Value, options.beta2!.Value, options.eps!.Value, options.maximize!.Value,
            options.amsgrad!.Value)
        {
            Kept = 1 - options.LearningRate.Value * options.weight_decay!.Value,
        };
}

/// <summary>The state of <see cref="Adam"/>, whose decay of weights is a part of the gradient.</summary>
internal sealed class AdamState(Adam.State state, Adam.Options options) : IAdamState
{
    public Tensor Mean => state.exp_avg;

    public Tensor Square => state.exp_avg_sq;

    public long Steps
    {
        get => state.step;
        set => state.step = value;
    }

    public AdamSettings Settings =>
        new(options.LearningRate!.Value, options.beta1!.Value, options.beta2!.Value, options.eps!.Value, options.maximize!.Value,
            options.amsgrad!.Value)
        {
            Pull = options.weight_decay!.Value,
        };
}
