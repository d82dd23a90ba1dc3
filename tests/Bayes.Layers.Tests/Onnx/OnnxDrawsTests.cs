using Bayes.Layers.Onnx;

namespace Bayes.Layers.Tests.Onnx;

/// <summary>A graph of named draws says what a predictor with the same draws says.</summary>
public sealed class OnnxDrawsTests : OnnxTest
{
    private const int Draws = 7;

    [Fact]
    public void Draws_equal_those_of_the_library_by_their_names()
    {
        using var model = Regression();
        var input = Normal(4, 2).to(float32);
        var outputs = Export(
            FunctionDistribution.Of(model), null, input, new OnnxExportOptions { Draws = Draws, Seed = 3, FirstDraw = 5 });
        using var functions = FunctionDistribution.Of(model).Draw(3, Draws, first: 5);
        outputs.Keys.Should().Equal(OnnxOutputs.Output);
        ShouldBeClose(outputs[OnnxOutputs.Output], functions.Apply(input), Tolerance);
    }

    private static BayesianSequential Regression() => new(new BayesianLinear(2, 8), nn.Tanh(), new BayesianLinear(8, 1));
}
