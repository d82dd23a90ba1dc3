using Bayes.Layers.Tests.Laws;

namespace Bayes.Layers.Tests.Modules;

public sealed class BayesianLSTMTests : RecurrentLaws
{
    protected override BayesianRecurrent Make(long inputSize, long hiddenSize, Build build) => new BayesianLSTM(
        inputSize, hiddenSize, build.Layers, build.HasBias, build.Bidirectional, build.ReturnsSequence, build.Prior, dtype: build.Type);

    protected override nn.Module Torchs(long inputSize, long hiddenSize, Build build) =>
        nn.LSTM(inputSize, hiddenSize, build.Layers, build.HasBias, batchFirst: true, bidirectional: build.Bidirectional, dtype: build.Type);

    protected override (Tensor Outputs, Tensor FinalStates) Call(nn.Module torchs, Tensor input)
    {
        var (outputs, states, _) = ((TorchSharp.Modules.LSTM)torchs).call(input);
        return (outputs, states);
    }

    protected override (Tensor Outputs, RecurrentState Final) CallFrom(nn.Module torchs, Tensor input, RecurrentState initial)
    {
        var (outputs, hidden, cell) = ((TorchSharp.Modules.LSTM)torchs).call(input, (initial.Hidden, initial.Cell!));
        return (outputs, new RecurrentState(hidden, cell));
    }

    protected override bool HasCell => true;
}
