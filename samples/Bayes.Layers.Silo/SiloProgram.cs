using System.CommandLine;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Hosting;

namespace Bayes.Layers.Silo;

/// <summary>The command line.</summary>
internal static class SiloProgram
{
    /// <summary>Runs a silo until the process is told to end.</summary>
    /// <returns>0 if the silo ended as told; 1 after an error, which is one line on the error output.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var standard = new SiloOptions();
        var cluster = new Option<string>("--cluster")
        {
            Description = "Where silos find each other and keep their state: on this machine and in memory, or in PostgreSQL.",
            DefaultValueFactory = _ => "localhost",
        };
        cluster.AcceptOnlyFromAmong("localhost", "postgres");
        var connection = new Option<string?>("--connection") { Description = "Connection string of PostgreSQL." };
        var createTables = new Option<bool>("--create-tables") { Description = "Create the tables that are not there yet." };
        var name = new Option<string>("--name") { Description = "Name of the cluster.", DefaultValueFactory = _ => standard.Cluster };
        var address = new Option<string>("--address")
        {
            Description = "Address under which other silos and clients reach this one, with a database.",
            DefaultValueFactory = _ => standard.Address.ToString(),
        };
        address.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is var value && !IPAddress.TryParse(value, out _))
                result.AddError($"--address is '{value}'; expected an IP address.");
        });
        var siloPort = Port("--silo-port", "Port for other silos.", standard.SiloPort, 1);
        var gatewayPort = Port("--gateway-port", "Port for clients.", standard.GatewayPort, 1);
        var primaryPort = Port("--primary-port", "Silo port of the first silo on this machine, without a database; 0 if this is the first.", 0, 0);
        var shards = new Option<int>("--shards") { Description = "Shards at a time.", DefaultValueFactory = _ => standard.ShardsAtATime };
        RequireAtLeast(shards, 1);
        var idle = new Option<int>("--model-idle") { Description = "Seconds that an unused model stays loaded.", DefaultValueFactory = _ => 120 };
        RequireAtLeast(idle, 0);
        var deadAfter = new Option<int>("--dead-after")
        {
            Description = "Seconds after which a silo that gives no sign is dead.", DefaultValueFactory = _ => (int)standard.DeadAfter.TotalSeconds,
        };
        RequireAtLeast(deadAfter, 1);
        var verbose = new Option<bool>("--verbose") { Description = "Tell also what Orleans does." };

        var root = new RootCommand("A silo that works for Bayes.Layers: scores shards of jobs that clients submit.")
        {
            cluster, connection, createTables, name, address, siloPort, gatewayPort, primaryPort, shards, idle, deadAfter, verbose,
        };
        root.Validators.Add(result =>
        {
            if (result.GetValue(cluster) == "postgres" == string.IsNullOrWhiteSpace(result.GetValue(connection)))
                result.AddError("--cluster postgres needs --connection, and --connection needs --cluster postgres.");
        });
        root.SetAction((parsed, cancellation) => RunAsync(
            new SiloOptions
            {
                Connection = parsed.GetValue(connection),
                CreateTables = parsed.GetValue(createTables),
                Cluster = parsed.GetValue(name)!,
                Address = IPAddress.Parse(parsed.GetValue(address)!),
                SiloPort = parsed.GetValue(siloPort),
                GatewayPort = parsed.GetValue(gatewayPort),
                PrimaryPort = parsed.GetValue(primaryPort),
                ShardsAtATime = parsed.GetValue(shards),
                ModelIdleTime = TimeSpan.FromSeconds(parsed.GetValue(idle)),
                DeadAfter = TimeSpan.FromSeconds(parsed.GetValue(deadAfter)),
                Verbose = parsed.GetValue(verbose),
            },
            cancellation));
        return await root.Parse(arguments).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static async Task<int> RunAsync(SiloOptions options, CancellationToken cancellation)
    {
        try
        {
            if (options is { CreateTables: true, Connection: { } connection })
                await PostgresTables.CreateAsync(connection);
            // Shards are scored side by side: together they use each core once.
            TorchSharp.torch.set_num_threads(Math.Max(1, Environment.ProcessorCount / options.ShardsAtATime));
            using var host = SiloHost.Build(options);
            await host.StartAsync(cancellation);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Ready: silo {options.Address}:{options.SiloPort}, gateway {options.GatewayPort}, {options.ShardsAtATime} shards at a time."));
            await host.WaitForShutdownAsync(cancellation);
            Console.WriteLine("Stopped.");
            return 0;
        }
        catch (Exception exception)
        {
            await Console.Error.WriteLineAsync($"error: {exception.Message}");
            return 1;
        }
    }

    private static Option<int> Port(string name, string description, int standard, int least)
    {
        var port = new Option<int>(name) { Description = description, DefaultValueFactory = _ => standard };
        port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var value && (value < least || value > ushort.MaxValue))
                result.AddError($"{name} is {value}; expected a port from {least} to {ushort.MaxValue}.");
        });
        return port;
    }

    private static void RequireAtLeast(Option<int> option, int least) => option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() is var value && value < least)
            result.AddError($"{option.Name} is {value}; expected at least {least}.");
    });
}
