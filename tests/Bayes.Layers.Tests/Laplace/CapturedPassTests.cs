using Bayes.Layers.Laplace;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Laplace;

/// <summary>What a pass captures gives the gradient of every row in every weight, as autograd computes it row by row.</summary>
public sealed class CapturedPassTests : TorchTest
{
    private const int Rows = 5;

    public static TheoryData<string> Networks => ["sequence", "places", "twice", "in place", "own forward", "layer"];

    private static (nn.Module Network, Tensor Input, string[] Paths) Of(string name) => name switch
    {
        "sequence" => (Sequential(Linear(3, 4, dtype: float64), Tanh(), Linear(4, 2, hasBias: false, dtype: float64)), Normal(Rows, 3), ["0", "2"]),
        "places" => (Sequential(Linear(3, 4, dtype: float64), Tanh(), Linear(4, 2, dtype: float64)), Normal(Rows, 2, 3, 3), ["0", "2"]),
        "twice" => (new Repeated(), Normal(Rows, 4), ["layer"]),
        "in place" => (Sequential(Linear(3, 4, dtype: float64), ReLU(inplace: true), Linear(4, 2, dtype: float64)), Normal(Rows, 3), ["0", "2"]),
        "own forward" => (new ResidualNetwork(3, 2, float64), Normal(Rows, 3), ["first", "block", "last"]),
        _ => (Linear(3, 2, dtype: float64), Normal(Rows, 3), [""]),
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Gradients_of_each_row_are_those_of_autograd(string name)
    {
        var (network, input, paths) = Of(name);
        network.eval();
        var layers = LayerCaptures.Of(network, paths);
        using var pass = CapturedPass.Run(network, input, null, layers);
        network.parameters().Should().OnlyContain(parameter => parameter.requires_grad, "the network is as it was");
        var direction = Normal(pass.Rows, pass.OutputCount);
        var gradients = pass.Gradients(direction);
        for (int row = 0; row < Rows; row++)
        {
            var output = ((nn.Module<Tensor, Tensor>)network).call(input.narrow(0, row, 1).clone());
            ShouldBeClose(pass.Output[row], output[0].detach(), 1e-14);
            var parameters = pass.Matrices.SelectMany(matrix => matrix.Parameters).Select(each => (Tensor)each.Value).ToArray();
            var wanted = autograd.grad([output.flatten().dot(direction[row])], parameters).Select(each => each.flatten());
            var found = pass.Matrices.Select((matrix, i) =>
                matrix.Flatten(Curvature.OfExamples(Curvature.Factors(pass, i, gradients[i])))[row]);
            ShouldBeClose(cat([.. found]), cat([.. wanted]), 1e-12);
        }
    }

    [Fact]
    public void A_network_that_ends_in_the_layer_needs_no_gradient()
    {
        using var network = Sequential(Linear(3, 4, dtype: float64), Tanh(), Linear(4, 2, dtype: float64));
        var layers = LayerCaptures.Of(network, ["2"]);
        using (var pass = CapturedPass.Run(network, Normal(Rows, 3), null, layers))
            pass.EndsInLayer.Should().BeTrue();
        using var other = Sequential(Linear(3, 4, dtype: float64), Linear(4, 2, dtype: float64), Tanh());
        using var further = CapturedPass.Run(other, Normal(Rows, 3), null, LayerCaptures.Of(other, ["1"]));
        further.EndsInLayer.Should().BeFalse();
    }

    public static TheoryData<CurvatureStructure, string> Steps => new(
        from curvature in Enum.GetValues<CurvatureStructure>()
        from step in new[] { "fit", "fit by the evidence", "prediction", "draws", "model" }
        select (curvature, step));

    [Theory]
    [MemberData(nameof(Steps))]
    public void No_tensor_stays(CurvatureStructure curvature, string step)
    {
        Tensor input = Normal(Rows, 3), target = Normal(Rows, 2);
        Run();
        long before = LiveTensors();
        Run();
        LiveTensors().Should().Be(before);

        void Run()
        {
            using var network = Sequential(Linear(3, 4, dtype: float64), Tanh(), Linear(4, 2, dtype: float64));
            using var laplace = LaplaceApproximation.Fit(
                network, input, target, new GaussianLikelihood(0.3),
                new LaplaceOptions { Curvature = curvature, Layers = LaplaceLayers.All, PriorPrecision = step == "fit by the evidence" ? null : 1 });
            if (step is "prediction" or "draws")
            {
                using var prediction = laplace.Predict(input);
                if (step == "draws")
                    prediction.ByDraws(10, target: target).Dispose();
            }
            if (step == "model")
                laplace.Model.Dispose();
        }
    }

    private sealed class Repeated : Module<Tensor, Tensor>
    {
        public readonly Linear layer = Linear(4, 4, dtype: float64);

        public Repeated() : base(nameof(Repeated)) => RegisterComponents();

        public override Tensor forward(Tensor input) => layer.call(layer.call(input).tanh());
    }
}
