using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Converts between <c>nn.Sequential</c> and <see cref="BayesianSequential"/>. The children keep their names and order.</summary>
internal sealed class SequentialConversion : LayerConversion
{
    /// <inheritdoc/>
    public override Type PlainType => typeof(Sequential);

    /// <inheritdoc/>
    public override Type BayesianType => typeof(BayesianSequential);

    /// <inheritdoc/>
    public override bool HasWeights => false;

    /// <inheritdoc/>
    public override nn.Module<Tensor, Tensor> ToBayesian(nn.Module<Tensor, Tensor> plain, BayesianPass pass)
    {
        var children = Children(plain, pass.Convert);
        if (!children.Any(child => child.Converted is BayesianModule))
            return plain;
        var sequence = new BayesianSequential(children.Select(child => (child.Name, child.Converted)));
        sequence.train(plain.training);
        RestoreModes(children);
        return sequence;
    }

    /// <inheritdoc/>
    public override nn.Module<Tensor, Tensor> ToPlain(nn.Module<Tensor, Tensor> bayesian, DeterministicPass pass)
    {
        var children = Children(bayesian, pass.Convert);
        var sequence = nn.Sequential([.. children.Select(child => (child.Name, child.Converted))]);
        sequence.train(bayesian.training);
        RestoreModes(children);
        return sequence;
    }

    private static (string Name, nn.Module<Tensor, Tensor> Converted, bool Training)[] Children(
        nn.Module<Tensor, Tensor> container, Func<nn.Module<Tensor, Tensor>, string, nn.Module<Tensor, Tensor>> convert) =>
    [
        .. container.named_children().Select(child =>
            (child.name, convert((nn.Module<Tensor, Tensor>)child.module, child.name), child.module.training)),
    ];

    // train() also sets the mode of the children, which may differ, for example in a frozen part.
    private static void RestoreModes((string, nn.Module<Tensor, Tensor> Converted, bool Training)[] children)
    {
        foreach (var (_, converted, training) in children)
            if (converted.training != training)
                converted.train(training);
    }
}
