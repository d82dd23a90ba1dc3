using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Modules;

public sealed class BayesianGRUTests : RecurrentLaws
{
    protected override BayesianRecurrent Make(long inputSize, long hiddenSize, Build build) => new BayesianGRU(
        inputSize, hiddenSize, build.Layers, build.HasBias, build.Bidirectional, build.ReturnsSequence, build.Prior, dtype: build.Type);

    protected override nn.Module Torchs(long inputSize, long hiddenSize, Build build) =>
        nn.GRU(inputSize, hiddenSize, build.Layers, build.HasBias, batchFirst: true, bidirectional: build.Bidirectional, dtype: build.Type);

    protected override (Tensor Outputs, Tensor FinalStates) Call(nn.Module torchs, Tensor input) => ((TorchSharp.Modules.GRU)torchs).call(input);

    protected override (Tensor Outputs, RecurrentState Final) CallFrom(nn.Module torchs, Tensor input, RecurrentState initial)
    {
        var (outputs, hidden) = ((TorchSharp.Modules.GRU)torchs).call(input, initial.Hidden);
        return (outputs, new RecurrentState(hidden));
    }

    protected override bool HasCell => false;
}
