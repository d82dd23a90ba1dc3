using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Soak;

/// <summary>A network with a forward of its own, whose parameters managed code reads.</summary>
internal sealed class ResidualNetwork : Module<Tensor, Tensor>
{
    public readonly Linear first = Linear(3, 8);
    public readonly LayerNorm norm = LayerNorm(8);
    public readonly Linear block = Linear(8, 8);
    public readonly Linear last = Linear(8, 2);

    public ResidualNetwork() : base(nameof(ResidualNetwork)) => RegisterComponents();

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        using var hidden = first.call(input).tanh();
        return last.call(block.call(norm.call(hidden)).add_(hidden, One)).MoveToOuterDisposeScope();
    }

    private static readonly Scalar One = 1;
}

/// <summary>A network with a forward of its own, whose parameters native code reads.</summary>
internal sealed class SequenceNetwork : Module<Tensor, Tensor>
{
    public readonly LSTM lstm = LSTM(2, 5, batchFirst: true);
    public readonly Linear last = Linear(5, 1);

    public SequenceNetwork() : base(nameof(SequenceNetwork)) => RegisterComponents();

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var (states, _, _) = lstm.call(input);
        return last.call(states.select(1, -1)).MoveToOuterDisposeScope();
    }
}
