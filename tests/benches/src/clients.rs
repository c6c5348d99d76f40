//! Whole clients beside the bare HTTP clients that they are built on.
//!
//! Both send the same requests, with the same headers, one after the other, on one connection that
//! stays open, to a service in another process, and read the whole answer into one piece of memory.
//! Samples of the two alternate. CPU time is that of all threads of this process; requests a second
//! go by the clock on the wall, so that a busy machine shows in them: what counts is the ratio.
//!
//! Client and service share one CPU. On two, to wake the other costs more than a request, or nothing,
//! as the scheduler happens to place them, on one side or on both.
//!
//! hyper on async-std reads through smol-hyper, as it is meant to. That clears the memory before
//! every read, our own stream does not: so ours can take less time than the bare one.

use std::num::NonZeroU32;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use glp_core::operation::Operation;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, USER_AGENT};
use http::{HeaderName, HeaderValue};
use http_body_util::BodyExt;

use crate::cpu;
use crate::service::Service;
use crate::table;
use crate::target::Target;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// Requests in one sample.
const REQUESTS: u32 = 250;

/// Samples of each client.
const SAMPLES: usize = 31;

/// A page of the service's usual length; nobody looks into it, here or there.
const PATH: &str = "/devices/v1/devices?offset=0&limit=50";

/// What our clients send with each request.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (ACCEPT, HeaderValue::from_static("application/json")),
    (ACCEPT_ENCODING, HeaderValue::from_static("gzip")),
    (AUTHORIZATION, HeaderValue::from_static("Bearer of-no-worth")),
    (USER_AGENT, HeaderValue::from_static("glp-benches/0.1.0")),
];

/// Puts them on a request of any of the bare clients.
macro_rules! with_headers {
    ($request:expr) => {
        HEADERS.into_iter().fold($request, |request, (name, value)| request.header(name, value))
    };
}

/// Makes our client of any adapter, for the service at a URL.
macro_rules! client {
    ($adapter:ident, $url:expr) => {
        $adapter::Client::builder()
            .base_url($url)
            .token_url(format!("{}/token", $url))
            .client_id("of-no-worth")
            .client_secret("of-no-worth".into())
            .build()
    };
}

/// Prints the table.
pub fn report(targets: &mut Vec<Target>) -> Fallible<()> {
    thread::scope(|scope| {
        let measuring = scope.spawn(|| {
            cpu::stay();
            measure(targets).map_err(|error| error.to_string())
        });
        Ok(measuring.join().map_err(|_| "the measurement panicked")??)
    })
}

fn measure(targets: &mut Vec<Target>) -> Fallible<()> {
    let service = Service::start(50)?;
    settle_the_allocator();
    // Others may have done it before.
    _ = rustls::crypto::ring::default_provider().install_default();
    let mut pairs =
        [on_tokio(&service.url)?, on_async_std(&service.url)?, on_threads(&service.url)?];
    let mut rows = Vec::new();
    for pair in &mut pairs {
        let [bare, ours] = pair.measure()?;
        let added = ours.cpu - bare.cpu;
        let share = bare.wall / ours.wall;
        let row = |name: &str, took: Each| {
            let rate = 1e6 / took.wall;
            vec![name.to_owned(), format!("{:.1}", took.cpu), format!("{rate:.0}")]
        };
        let mut bare = row(pair.bare, bare);
        bare.extend([String::new(), String::new()]);
        let mut ours = row(&format!("**{}**", pair.ours), ours);
        ours.extend([format!("{added:.2}"), format!("{share:.3}")]);
        rows.extend([bare, ours]);
        targets.push(Target::at_most(
            format!("{}: CPU added a request", pair.ours),
            added,
            3.0,
            " us",
        ));
        let what = format!("{}: requests a second, over the bare client's", pair.ours);
        targets.push(Target::at_least(what, share, 0.97, ""));
    }
    let head = ["client", "CPU, us a request", "requests/s", "added, us", "x bare"];
    table::print(
        "Whole clients: pages of 50 devices over loopback, one after the other",
        &head,
        &rows,
    );
    Ok(())
}

/// Shows the allocator a large block that comes and goes. It keeps such blocks from then on; until
/// then it may give the end of its heap back to the system after every request, on one side or on
/// both, as the blocks happen to lie, and the page faults are most of what is measured.
fn settle_the_allocator() {
    drop(std::hint::black_box(vec![1_u8; 16 << 20]));
}

/// Takes an operation out of its route's quota, so that nothing waits for a minute to end.
pub fn unpaced(operation: Operation) -> Operation {
    let route = operation.route.clone().with_quota(NonZeroU32::MAX);
    Operation { route, ..operation }
}

fn operation() -> Operation {
    unpaced(Operation::get(PATH))
}

/// What one request takes, in microseconds.
#[derive(Clone, Copy)]
struct Each {
    cpu: f64,
    wall: f64,
}

/// Sends so many requests.
type Send = Box<dyn FnMut(u32) -> Fallible<()>>;

struct Pair {
    bare: &'static str,
    ours: &'static str,
    send: [Send; 2],
}

impl Pair {
    /// Alternates samples of the two; of each the one that nine in ten exceed.
    fn measure(&mut self) -> Fallible<[Each; 2]> {
        let mut samples = [Vec::new(), Vec::new()];
        for _ in 0..=SAMPLES {
            for (send, samples) in self.send.iter_mut().zip(&mut samples) {
                samples.push(sample(send)?);
            }
        }
        Ok(samples.map(|samples| {
            // The first opens the connection and fetches the token.
            let of = |figure: fn(&Each) -> f64| {
                let mut figures: Vec<f64> = samples.iter().skip(1).map(figure).collect();
                figures.sort_by(f64::total_cmp);
                figures[figures.len() / 10]
            };
            Each { cpu: of(|each| each.cpu), wall: of(|each| each.wall) }
        }))
    }
}

fn sample(send: &mut Send) -> Fallible<Each> {
    let (cpu, wall) = (cpu::of_this_process(), Instant::now());
    send(REQUESTS)?;
    let (cpu, wall) = (cpu::of_this_process() - cpu, wall.elapsed());
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(REQUESTS);
    Ok(Each { cpu: each(cpu), wall: each(wall) })
}

fn on_tokio(url: &str) -> Fallible<Pair> {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (bare_runtime, our_runtime) = (runtime()?, runtime()?);
    let bare = reqwest::Client::builder().build()?;
    let target = format!("{url}{PATH}");
    let ours = client!(glp_tokio, url)?;
    let send_bare = move |requests| {
        bare_runtime.block_on(async {
            for _ in 0..requests {
                with_headers!(bare.get(&target)).send().await?.bytes().await?;
            }
            Ok(())
        })
    };
    let send_ours = move |requests| {
        our_runtime.block_on(async {
            for _ in 0..requests {
                ours.call(operation()).await?;
            }
            Ok(())
        })
    };
    Ok(Pair {
        bare: "reqwest",
        ours: "glp-tokio",
        send: [Box::new(send_bare), Box::new(send_ours)],
    })
}

fn on_async_std(url: &str) -> Fallible<Pair> {
    let address = url.trim_start_matches("http://").to_owned();
    let connect = async {
        let stream = async_std::net::TcpStream::connect(&address).await?;
        stream.set_nodelay(true)?;
        let io = smol_hyper::rt::FuturesIo::new(stream);
        Fallible::Ok(hyper::client::conn::http1::handshake(io).await?)
    };
    let (mut bare, connection) = async_std::task::block_on(connect)?;
    let mut connection = Box::pin(connection);
    let ours = client!(glp_async_std, url)?;
    let send_bare = move |requests| {
        let send = async {
            for _ in 0..requests {
                let request = http::Request::get(PATH).header("host", &address);
                let request = with_headers!(request);
                let request = request.body(http_body_util::Empty::<bytes::Bytes>::new())?;
                bare.ready().await?;
                bare.send_request(request).await?.into_body().collect().await?.to_bytes();
            }
            Ok(())
        };
        // Whoever sends also carries the bytes, as our client does: no other thread is woken.
        let mut send = std::pin::pin!(send);
        async_std::task::block_on(std::future::poll_fn(|context| {
            if let Poll::Ready(sent) = send.as_mut().poll(context) {
                return Poll::Ready(sent);
            }
            connection.as_mut().poll(context).map(|ended| Ok(ended?))
        }))
    };
    let send_ours = move |requests| {
        async_std::task::block_on(async {
            for _ in 0..requests {
                ours.call(operation()).await?;
            }
            Ok(())
        })
    };
    Ok(Pair {
        bare: "hyper, on async-std",
        ours: "glp-async-std",
        send: [Box::new(send_bare), Box::new(send_ours)],
    })
}

fn on_threads(url: &str) -> Fallible<Pair> {
    let bare = ureq::Agent::new_with_defaults();
    let target = format!("{url}{PATH}");
    let ours = client!(glp_blocking, url)?;
    let send_bare = move |requests| {
        for _ in 0..requests {
            with_headers!(bare.get(&target)).call()?.body_mut().read_to_vec()?;
        }
        Ok(())
    };
    let send_ours = move |requests| {
        for _ in 0..requests {
            ours.call(operation())?;
        }
        Ok(())
    };
    Ok(Pair {
        bare: "ureq",
        ours: "glp-blocking",
        send: [Box::new(send_bare), Box::new(send_ours)],
    })
}
