using System.Reflection;
using static Bayes.Layers.BayesianModules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Modules;

public sealed class BayesianModulesTests : TorchTest
{
    [Fact]
    public void A_network_can_be_written_like_one_of_TorchSharp()
    {
        using var model = BayesianSequential(BayesianLinear(2, 16), Tanh(), MonteCarloDropout(0.1), BayesianLinear(16, 1, hasBias: false));
        model.Sample(randn(5, 2), samples: 3).shape.Should().Equal(3, 5, 1);
        using var named = BayesianSequential(("first", BayesianLinear(2, 16)), ("second", Tanh()));
        named.state_dict().Keys.Should().Contain("first.weight_mu");
    }

    [Fact]
    public void Every_constructor_of_a_layer_has_a_function_with_its_name_and_parameters()
    {
        string[] functions =
            [.. typeof(BayesianModules).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly).Select(Signature)];
        var layers = typeof(BayesianModule).Assembly.GetExportedTypes()
            .Where(type => type.IsSubclassOf(typeof(BayesianModule)) && !type.IsAbstract && type.Namespace == "Bayes.Layers").ToArray();
        layers.Should().HaveCountGreaterThan(9);
        // An empty sequence has no modules.
        var constructors = layers.SelectMany(type => type.GetConstructors())
            .Where(constructor => constructor.DeclaringType != typeof(BayesianSequential) || constructor.GetParameters().Length > 0);
        functions.Should().BeEquivalentTo(constructors.Select(Signature));

        static string Signature(MethodBase method) =>
            $"{(method is MethodInfo ? method.Name : method.DeclaringType!.Name)}({string.Join(", ", method.GetParameters().Select(Text))})";

        static string Text(ParameterInfo each) => $"{each.ParameterType} {each.Name} {(each.HasDefaultValue ? each.DefaultValue : "required")}";
    }

    /// <summary>F# and Visual Basic support only arrays as params, and refuse a call of the other overloads ("taking 0 arguments").</summary>
    [Fact]
    public void Every_params_list_has_an_array_overload_for_other_languages()
    {
        var members = typeof(BayesianModule).Assembly.GetExportedTypes()
            .SelectMany(type => type.GetConstructors()
                .Concat<MethodBase>(type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)))
            .Where(member => member.GetParameters() is [.., var last] && IsList(last)).ToArray();
        members.Should().HaveCountGreaterThan(3);
        foreach (var member in members)
        {
            var element = member.GetParameters()[^1].ParameterType is var type && type.IsArray ? type.GetElementType()!
                : type.GetGenericArguments()[0];
            members.Should().Contain(
                other => other.Name == member.Name && other.DeclaringType == member.DeclaringType
                    && other.GetParameters().Length == member.GetParameters().Length
                    && other.GetParameters().Last().ParameterType == element.MakeArrayType()
                        && other.GetParameters().Last().IsDefined(typeof(ParamArrayAttribute), false),
                "{0} of {1} has one", member.Name, member.DeclaringType);
        }

        static bool IsList(ParameterInfo parameter) =>
            parameter.IsDefined(typeof(ParamArrayAttribute), false)
                || parameter.IsDefined(typeof(System.Runtime.CompilerServices.ParamCollectionAttribute), false);
    }

    [Fact]
    public void A_sequence_can_be_made_of_arguments_arrays_and_other_lists()
    {
        Module<Tensor, Tensor>[] array = [BayesianLinear(2, 2), Tanh()];
        (string, Module<Tensor, Tensor>)[] named = [("a", BayesianLinear(2, 2)), ("b", Tanh())];
        new[]
        {
            new BayesianSequential(BayesianLinear(2, 2), Tanh()), new BayesianSequential(array),
                new BayesianSequential([BayesianLinear(2, 2), Tanh()]),
            new BayesianSequential(new List<Module<Tensor, Tensor>>(array)), new BayesianSequential(array.Select(each => each)),
                new BayesianSequential([.. array]),
            new BayesianSequential(("a", BayesianLinear(2, 2)), ("b", Tanh())), new BayesianSequential(named),
                new BayesianSequential(named.ToList()), BayesianSequential(array),
            BayesianSequential(named), BayesianSequential(named.AsEnumerable()), BayesianSequential(array.AsEnumerable()),
        }.Should().OnlyContain(sequence => sequence.Count == 2);
        new BayesianSequential().Count.Should().Be(0);
        var nothing = () => new BayesianSequential((Module<Tensor, Tensor>[])null!);
        nothing.Should().Throw<ArgumentNullException>().WithMessage("*modules*");
    }

    [Fact]
    public void A_function_passes_its_arguments_on()
    {
        using var layer = BayesianConv2d(3, 8, kernelSize: (3, 5), stride: (2, 1), padding: (1, 2), groups: 1, hasBias: false, dtype: float64);
        layer.state_dict().Keys.Should().BeEquivalentTo("weight_mu", "weight_log_var");
        layer.weight_mu.dtype.Should().Be(float64);
        layer.weight_mu.shape.Should().Equal(8, 3, 3, 5);
        (layer.Stride, layer.Padding).Should().BeEquivalentTo((new[] { 2, 1 }, new[] { 1, 2 }));
    }
}
