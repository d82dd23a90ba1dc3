using System.Reflection;
using static Bayes.Layers.BayesianModules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

public sealed class BayesianModulesTests : TorchTest
{
    [Fact]
    public void A_network_reads_as_one_of_TorchSharp_s()
    {
        using var model = BayesianSequential(BayesianLinear(2, 16), Tanh(), MonteCarloDropout(0.1), BayesianLinear(16, 1, hasBias: false));
        model.Sample(randn(5, 2), samples: 3).shape.Should().Equal(3, 5, 1);
        using var named = BayesianSequential(("first", BayesianLinear(2, 16)), ("second", Tanh()));
        named.state_dict().Keys.Should().Contain("first.weight_mu");
    }

    [Fact]
    public void Every_layer_has_a_function_of_its_name_for_every_constructor_with_its_parameters()
    {
        string[] functions = [.. typeof(BayesianModules).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly).Select(Signature)];
        var layers = typeof(BayesianModule).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(BayesianModule)) && !type.IsAbstract && type.Namespace == "Bayes.Layers").ToArray();
        layers.Should().HaveCountGreaterThan(9);
        // A sequence of nothing is one of no modules.
        var constructors = layers.SelectMany(type => type.GetConstructors()).Where(constructor => constructor.DeclaringType != typeof(BayesianSequential) || constructor.GetParameters().Length > 0);
        functions.Should().BeEquivalentTo(constructors.Select(Signature));

        static string Signature(MethodBase method) =>
            $"{(method is MethodInfo ? method.Name : method.DeclaringType!.Name)}({string.Join(", ", method.GetParameters().Select(each => $"{each.ParameterType} {each.Name} {(each.HasDefaultValue ? each.DefaultValue : "required")}"))})";
    }

    [Fact]
    public void A_function_hands_on_what_it_is_given()
    {
        using var layer = BayesianConv2d(3, 8, kernelSize: (3, 5), stride: (2, 1), padding: (1, 2), groups: 1, hasBias: false, dtype: float64);
        layer.state_dict().Keys.Should().BeEquivalentTo("weight_mu", "weight_log_var");
        layer.weight_mu.dtype.Should().Be(float64);
        layer.weight_mu.shape.Should().Equal(8, 3, 3, 5);
        (layer.Stride, layer.Padding).Should().BeEquivalentTo((new[] { 2, 1 }, new[] { 1, 2 }));
    }
}
