using Bayes.Layers.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>What torch's Adam and AdamW keep of one parameter, and how they are set, as it is now.</summary>
internal interface IAdamState
{
    /// <summary>The running mean of gradients.</summary>
    Tensor Mean { get; }

    /// <summary>The running mean of their squares.</summary>
    Tensor Square { get; }

    /// <summary>Steps made so far.</summary>
    long Steps { get; set; }

    /// <summary>How the optimizer is set.</summary>
    AdamSettings Settings { get; }
}

/// <summary>That of <see cref="AdamW"/>, whose decay of weights takes a share of a weight away (Loshchilov &amp; Hutter 2019, "Decoupled Weight Decay Regularization").</summary>
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

/// <summary>That of <see cref="Adam"/>, whose decay of weights is a part of the gradient.</summary>
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
