using Bayes.Layers.Likelihoods;
using Bayes.Layers.Tests.Golden;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Laplace;

/// <summary>A trained network of the reference numbers, in double precision, and its data.</summary>
internal sealed record GoldenNetwork(string Name, Sequential Network, Tensor Input, Tensor Target, Likelihood Likelihood, double PriorPrecision)
{
    public static GoldenNetwork Regression() => Of("laplace_regression", 1, new GaussianLikelihood(0.3), isClasses: false);

    public static GoldenNetwork Classification() => Of("laplace_classification", 3, new CategoricalLikelihood(), isClasses: true);

    public static GoldenNetwork OfName(string name) => name == "laplace_regression" ? Regression() : Classification();

    public Tensor TestInput => GoldenData.Tensor("inference", Name, "test_input");

    public LaplaceApproximation Fit(string kind) => LaplaceApproximation.Fit(Network, Input, Target, Likelihood, Options(kind));

    public LaplaceOptions Options(string kind) => new()
    {
        PriorPrecision = PriorPrecision,
        Layers = kind == "last_layer_full" ? LaplaceLayers.LastLayer : LaplaceLayers.All,
        Curvature = kind switch
        {
            "diagonal" => CurvatureStructure.Diagonal, "kronecker" => CurvatureStructure.Kronecker, _ => CurvatureStructure.Full,
        },
    };

    private static GoldenNetwork Of(string name, long outputs, Likelihood likelihood, bool isClasses)
    {
        var network = Sequential(Linear(2, 4, dtype: float64), Tanh(), Linear(4, outputs, dtype: float64));
        using var _ = no_grad();
        foreach (var (i, parameter) in network.parameters().Index())
            parameter.copy_(GoldenData.At("inference", name, "parameters")[i].ToTensor());
        var target = GoldenData.Tensor("inference", name, "target");
        return new GoldenNetwork(
            name, network, GoldenData.Tensor("inference", name, "input"), isClasses ? target.to(int64) : target, likelihood,
            GoldenData.Number("inference", name, "prior_precision"));
    }
}
