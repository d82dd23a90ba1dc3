using System.Collections;
using System.Reflection;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Prediction;
using Bayes.Layers.Priors;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Checkpoints;

/// <summary>A checkpoint describes one function: every module that the library knows, with every option that changes what it computes.</summary>
public sealed class CheckpointModulesTests : TorchTest
{
    /// <summary>TorchSharp does not expose the options of these modules: a checkpoint compares only their types and cannot make them.</summary>
    private static readonly Type[] Hidden = [typeof(Embedding), typeof(TransformerEncoderLayer)];

    // Options that do not change the result, or only initial values that the file replaces.
    private static readonly string[] Unchanging = ["inplace", "init", "transposed", nameof(BayesianModule.TrainingEstimator), "num_batches_tracked"];

    // These properties are the same for every object of the type.
    private static readonly (Type Type, string Property)[] Constant = [(typeof(PadBase), "value"),
        (typeof(BayesianEmbedding), nameof(BayesianLayer.HasBias)), (typeof(ConvolutionTranspose), "padding_mode"),
        (typeof(BayesianConvTranspose1d), nameof(BayesianConvolution.PaddingMode)),
        (typeof(BayesianConvTranspose2d), nameof(BayesianConvolution.PaddingMode)),
        (typeof(BayesianConvTranspose3d), nameof(BayesianConvolution.PaddingMode)),
        (typeof(ConvolutionTranspose), "padding_type")];

    public static TheoryData<string> Names => [.. ModuleCases.All.Keys];

    [Fact]
    public void Every_module_that_a_sequence_accepts_is_known_or_hides_its_options()
    {
        var plain = typeof(nn).Assembly.GetExportedTypes().Where(IsModule).Except(Hidden);
        var bayesian = typeof(BayesianModule).Assembly.GetTypes().Where(type => IsModule(type) && (type.IsPublic || type == typeof(EnsembleMembers)));
        ModuleKinds.All.Types.Should().BeEquivalentTo(plain.Concat(bayesian));
        ModuleCases.All.Values.Select(each => each.Type).Should().BeEquivalentTo(ModuleKinds.All.Types);
        Hidden.All(IsModule).Should().BeTrue();

        static bool IsModule(Type type) => type.IsSubclassOf(typeof(nn.Module<Tensor, Tensor>)) && !type.IsAbstract;
    }

    [Fact]
    public void Every_prior_and_every_likelihood_is_known()
    {
        PriorKinds.All.Types.Should().BeEquivalentTo(typeof(Prior).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Prior)) && !type.IsAbstract));
        LikelihoodKinds.All.Types
            .Should().BeEquivalentTo(typeof(Likelihood).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Likelihood)) && !type.IsAbstract && type.IsVisible));
    }

    /// <summary>Without a case that varies it, an option's comparison would be untested.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Every_option_of_a_module_varies_in_some_case(string name)
    {
        var (type, make, others) = ModuleCases.All[name];
        using var one = make();
        var varied = new HashSet<string>();
        foreach (var other in others)
        {
            using var made = other();
            made.GetType().Should().Be(type);
            varied.UnionWith(OptionsOf(type).Where(option => Text(option, made) != Text(option, one)).Select(option => option.Name));
        }
        varied.Should().BeEquivalentTo(OptionsOf(type).Select(option => option.Name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_loads_into_an_equal_module_and_not_into_one_with_another_option(string name)
    {
        var (_, make, others) = ModuleCases.All[name];
        using var saved = Holding(make());
        using var stream = Saved(saved);
        using (var equal = Holding(make()))
            Checkpoint.Load(equal, stream);
        foreach (var other in others.Append(() => new AnotherType()))
        {
            using var model = Holding(other());
            var before = model.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.clone());
            stream.Position = 0;
            FluentActions.Invoking(() => Checkpoint.Load(model, stream)).Should().Throw<CheckpointException>();
            foreach (var (key, tensor) in model.state_dict())
                ShouldBeClose(tensor.to(float64), before[key].to(float64), 0);
            // In the other direction.
            using var back = Saved(model);
            FluentActions.Invoking(() => Checkpoint.Load(saved, back)).Should().Throw<CheckpointException>();
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_module_is_made_from_its_description(string name)
    {
        var (type, make, others) = ModuleCases.All[name];
        foreach (var each in others.Prepend(make))
        {
            using var saved = Holding(each());
            using var stream = Saved(saved);
            using var loaded = Checkpoint.LoadModel(stream);
            loaded.Model.children().Single().Should().BeOfType(type);
            loaded.Model.state_dict().Keys.Should().BeEquivalentTo(saved.state_dict().Keys);
            foreach (var (key, tensor) in loaded.Model.state_dict())
                tensor.eq(saved.state_dict()[key]).all().ToBoolean().Should().BeTrue(key);
            // An option that TorchSharp's text omits has its default.
            foreach (var option in OptionsOf(type))
                if (Text(option, saved.children().Single()) is { Length: > 0 } text)
                    Text(option, loaded.Model.children().Single()).Should().Be(text, option.Name);
        }
    }

    [Fact]
    public void The_weights_of_a_tanh_network_do_not_load_into_a_relu_network()
    {
        using BayesianSequential saved = new(new BayesianLinear(2, 3), nn.Tanh(), new BayesianLinear(3, 1)),
            model = new(new BayesianLinear(2, 3), nn.ReLU(), new BayesianLinear(3, 1));
        using var stream = Saved(saved);
        FluentActions.Invoking(() => Checkpoint.Load(model, stream)).Should().Throw<CheckpointException>()
            .WithMessage("The module '1' was saved as Tanh(), and is ReLU(); expected the same, or compareDescriptions: false.");
        stream.Position = 0;
        Checkpoint.Load(model, stream, compareDescriptions: false);
        ShouldBeClose(((BayesianLayer)model.children().First()).weight_mu, ((BayesianLayer)saved.children().First()).weight_mu, 0);
    }

    [Fact]
    public void A_message_names_the_path_and_the_option()
    {
        using BayesianSequential saved = new(("body", nn.Sequential(("act", nn.LeakyReLU(0.01))))),
            model = new(("body", nn.Sequential(("act", nn.LeakyReLU(0.2)))));
        using var stream = Saved(saved);
        FluentActions.Invoking(() => Checkpoint.Load(model, stream)).Should().Throw<CheckpointException>()
            .WithMessage(
                "The module 'body.act' was saved as LeakyReLU(negative_slope=0.01), and is LeakyReLU(negative_slope=0.2); expected the same, *");
    }

    [Fact]
    public void More_than_ten_children_keep_their_order()
    {
        var makers = new Func<nn.Module<Tensor, Tensor>>[] { () => nn.Tanh(), () => nn.ReLU(), () => nn.Sigmoid() };
        using var saved = new BayesianSequential(Enumerable.Range(0, 13).Select(i => makers[i % 3]()));
        using var stream = Saved(saved);
        using var loaded = Checkpoint.LoadModel(stream);
        loaded.Model.children().Select(child => child.GetType().Name).Should().Equal(saved.children().Select(child => child.GetType().Name));
    }

    /// <summary>Earlier versions described only layers.</summary>
    [Fact]
    public void A_file_of_an_earlier_version_loads_into_any_activations()
    {
        const string text =
            """{"__metadata__":{"bayes_layers.format":"1","bayes_layers.version":"0.1.0","bayes_layers.layers":"{\"\":\"BayesianSequential\","""
            + """\"0\":\"BayesianLinear: MeanFieldNormal, prior NormalPrior(mean=0, stddev=1)\"}"}"""
            + ""","0.weight_log_var":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}"""
            + ""","0.weight_mu":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}""";
        using BayesianSequential model = new(new BayesianLinear(2, 1, hasBias: false), nn.ReLU());
        byte[] file = SafeTensorsFile.Of(text, SafeTensorsFile.Floats(1, 2, 3, 4));
        Checkpoint.Load(model, new MemoryStream(file));
        Values(((BayesianLayer)model.children().First()).weight_mu).Should().Equal(1, 2);
        FluentActions.Invoking(() => Checkpoint.LoadModel(new MemoryStream(file))).Should().Throw<CheckpointException>()
            .WithMessage("The file does not describe its modules, *");
    }

    /// <summary>The text of a custom module is its description.</summary>
    [Fact]
    public void A_custom_module_is_compared_by_type_text_and_children()
    {
        using OwnModule saved = new(nn.Tanh(), "a"), same = new(nn.Tanh(), "a"), child = new(nn.ReLU(), "a"), text = new(nn.Tanh(), "b");
        using var stream = Saved(saved);
        Checkpoint.Load(same, stream);
        foreach (var other in new[] { child, text })
        {
            stream.Position = 0;
            FluentActions.Invoking(() => Checkpoint.Load(other, stream)).Should().Throw<CheckpointException>();
        }
    }

    private static BayesianSequential Holding(nn.Module<Tensor, Tensor> module) => new(("m", module));

    private static MemoryStream Saved(nn.Module model)
    {
        var stream = new MemoryStream();
        Checkpoint.Save(model, stream);
        stream.Position = 0;
        return stream;
    }

    private static PropertyInfo[] OptionsOf(Type type) =>
    [
        .. type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(property => property.DeclaringType!.Name is not "Module"
                && !property.DeclaringType.Name.StartsWith("Module`", StringComparison.Ordinal))
            .Where(property => property.GetIndexParameters().Length == 0 && !property.PropertyType.IsByRefLike)
            .Where(property => !typeof(Prior).IsAssignableFrom(property.PropertyType)
                && !property.Name.EndsWith("Posterior", StringComparison.Ordinal)
                && !property.Name.StartsWith("Sequential", StringComparison.Ordinal))
            .Where(property => !Unchanging.Contains(property.Name)
                && !(property.Name == "output_padding" && !typeof(ConvolutionTranspose).IsAssignableFrom(type)))
            .Where(property => !Constant.Any(each => each.Property == property.Name && each.Type.IsAssignableFrom(type)
                && !type.Name.StartsWith("Constant", StringComparison.Ordinal)))
            // The sizes of a Bayesian layer determine its tensors; those of a plain one show whether it has a bias.
            .Where(property => !typeof(Tensor).IsAssignableFrom(property.PropertyType) || !type.IsSubclassOf(typeof(BayesianModule))),
    ];

    // A tensor is compared by presence and shape.
    private static string Text(PropertyInfo option, object module) => option.GetValue(module) switch
    {
        null => "",
        Tensor tensor => string.Join(",", tensor.shape),
        string text => text,
        IEnumerable list => string.Join(",", list.Cast<object>()),
        var value => value.ToString()!,
    };

    private sealed class AnotherType() : nn.Module<Tensor, Tensor>(nameof(AnotherType))
    {
        public override Tensor forward(Tensor input) => input.alias();
    }

    private sealed class OwnModule : BayesianModule
    {
        private readonly string _text;

        public OwnModule(nn.Module<Tensor, Tensor> child, string text) : base(nameof(OwnModule))
        {
            _text = text;
            register_module("child", child);
        }

        protected internal override string Describe() => _text;

        public override Tensor Propagate(Tensor input, Pass pass) => ApplyPlain((nn.Module<Tensor, Tensor>)children().Single(), input, pass);
    }
}
